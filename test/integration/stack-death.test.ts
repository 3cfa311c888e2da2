import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { childrenOf, startTimeOf } from '../../stack/process-table.ts'
import { homesFolder, openServerHome } from '../../stack/server-home.ts'
import { failOnLeaks } from '../support/leaks.ts'

const program = fileURLToPath(new URL('../support/start-stack-and-wait.ts', import.meta.url))

failOnLeaks()

// A temporary folder of our own: another run on this machine would sweep what we leave.
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stack-death-'))
  await chmod(folder, 0o755)
  vi.stubEnv('TMPDIR', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

test('servers whose owner is killed are gone a moment later, with their data', async () => {
  const owner = await startOwner()
  const homes = homesOf(owner)
  const pids = serversIn(homes)
  expect(pids).toHaveLength(3)
  const all = [...pids, ...pids.flatMap(childrenOf)]

  owner.kill('SIGKILL')
  await once(owner, 'exit')

  await vi.waitFor(() => expect(all.filter(isAlive)).toEqual([]), { timeout: 60_000 })
  await vi.waitFor(() => expect(homes.filter(home => existsSync(home))).toEqual([]), { timeout: 60_000 })
})

test('servers whose owner and watchdogs are all killed are gone at the next start', async () => {
  const owner = await startOwner()
  const homes = homesOf(owner)
  const pids = serversIn(homes)
  const watchdogs = childrenOf(owner.pid ?? 0).filter(pid => !pids.includes(pid) && isWatchdog(pid))
  expect(watchdogs).toHaveLength(3)
  for (const pid of watchdogs) process.kill(pid, 'SIGKILL')
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  expect(pids.filter(isAlive)).toHaveLength(3)
  const all = [...pids, ...pids.flatMap(childrenOf)]

  const next = openServerHome('next')
  onTestFinished(() => next.remove())

  await vi.waitFor(() => expect(all.filter(isAlive)).toEqual([]), { timeout: 60_000 })
  await vi.waitFor(() => expect(homes.filter(home => existsSync(home))).toEqual([]), { timeout: 60_000 })
  expect(existsSync(next.folder)).toBe(true)
})

test('a process that only has a recorded pid, but is another program, is not killed', async () => {
  const stranger = spawn('sleep', ['60'])
  onTestFinished(() => void stranger.kill())
  const home = openServerHome('reused-pid')
  await writeFile(join(home.folder, 'server.pid'), String(stranger.pid))
  await home.remove()
  expect(existsSync(home.folder)).toBe(false)
  expect(isAlive(stranger.pid ?? 0)).toBe(true)
})

async function startOwner(): Promise<ChildProcess> {
  const {
    SWITCHBACK_TEST_SOURCE_URL: _s,
    SWITCHBACK_TEST_TARGET_URL: _t,
    SWITCHBACK_TEST_KAFKA_BROKERS: _k,
    ...env
  } = process.env
  const owner = spawn(process.execPath, ['--import', 'tsx', program], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void owner.kill('SIGKILL'))
  const ended = once(owner, 'exit').then(() => {
    throw new Error('the owner ended before its servers ran')
  })
  await Promise.race([once(owner.stdout, 'data'), ended])
  ended.catch(() => undefined)
  return owner
}

function homesOf(owner: ChildProcess): string[] {
  return readdirSync(homesFolder())
    .filter(name => name.includes(`.${owner.pid}.`))
    .map(name => join(homesFolder(), name))
}

function serversIn(homes: readonly string[]): number[] {
  return homes.map(home => Number(readFileSync(join(home, 'server.pid'), 'utf8')))
}

function isAlive(pid: number): boolean {
  return startTimeOf(pid) !== undefined
}

function isWatchdog(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('watchdog.sh')
}
