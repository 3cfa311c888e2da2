import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { RoleProcess } from './role-process.ts'

const patienceMs = 60_000

/** It ends by itself, and soon, with this code and a remedy. */
export async function expectHalt(role: RoleProcess, code: string, exit = 4): Promise<void> {
  const ended = await Promise.race([role.exit(), sleep(patienceMs, 'still running')])
  expect({ ended, said: /^error (\S+)$/m.exec(role.log)?.[1] }, role.log.slice(-3_000)).toEqual({
    ended: exit,
    said: code,
  })
  expect(role.log).toContain('remedy: ')
}
