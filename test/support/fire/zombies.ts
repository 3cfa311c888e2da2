import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { RoleProcess } from '../migration/role-process.ts'
import type { Scene } from './scene.ts'
import type { KeptAlive } from './kept-alive.ts'
import type { Timeline } from './timeline.ts'

const patience = { timeout: 90_000, interval: 100 }

/** It stands still until another one has taken over, and is then refused by Kafka. */
export async function zombieConnector({ connector, migration, timeline }: Scene): Promise<true> {
  const zombie = await frozen(connector)
  const before = (await migration.status()).position ?? ''
  const isFollowed = async () =>
    (await connector.current?.isReady()) === true && ((await migration.status()).position ?? '') > before
  await replaced({ role: connector, zombie, isFollowed, says: 'kafka.fenced', timeline })
  return true
}

/** It stands still until the group has given its partitions to another one, finds that, and ends. */
export async function zombieSink({ sink, timeline }: Scene): Promise<true> {
  const zombie = await frozen(sink)
  const isFollowed = async () => sink.current?.log.includes('partitions claimed') === true
  await replaced({ role: sink, zombie, isFollowed, says: 'sink.taken_over', timeline })
  return true
}

interface Replacement {
  readonly role: KeptAlive
  readonly zombie: RoleProcess
  /** Whether the one that came after it is at work. */
  readonly isFollowed: () => Promise<boolean>
  /** The code with which the old one has to end. */
  readonly says: string
  readonly timeline: Timeline
}

async function replaced({ role, zombie, isFollowed, says, timeline }: Replacement): Promise<void> {
  let code: number | string = 'nothing'
  let log = ''
  try {
    timeline.note(`the ${role.role} stands still, another one starts`)
    await expect.poll(async () => broken(role) || isFollowed(), patience).toBe(true)
    timeline.note(`the old ${role.role} goes on`)
    zombie.thaw()
    code = await Promise.race([zombie.exit(), sleep(60_000, 'nothing')])
  } finally {
    await zombie.kill()
    log = zombie.log
    await role.bury(zombie, `of before ended with ${code}`)
  }
  if (code !== 4 || !log.includes(says))
    throw new Error(`the old ${role.role} ended with ${code}:\n${role.logs.at(-1)}`)
}

/** A process that is at work, not one that has just begun or is about to die. */
async function frozen(role: KeptAlive): Promise<RoleProcess> {
  for (;;) {
    if (role.failure !== null) throw role.failure
    const { current } = role
    if (current !== null && role.isMortal) await role.kill()
    else if (current !== null && (await current.isReady())) {
      role.release()
      current.freeze()
      return current
    }
    await sleep(50)
  }
}

const broken = (role: KeptAlive): boolean => role.failure !== null
