import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { RoleProcess } from '../migration/role-process.ts'
import type { Scene } from './scene.ts'
import type { KeptAlive } from './kept-alive.ts'

const patience = { timeout: 90_000, interval: 100 }

/** It stands still until another one has taken over, and is then refused by Kafka. */
export async function zombieConnector({ connector, migration, timeline }: Scene): Promise<true> {
  const zombie = await frozen(connector)
  timeline.note('the connector stands still, another one starts')
  const before = (await migration.status()).position ?? ''
  const isFollowed = async () =>
    (await connector.current?.isReady()) === true && ((await migration.status()).position ?? '') > before
  await expect.poll(async () => broken(connector) || isFollowed(), patience).toBe(true)
  timeline.note('the old connector goes on')
  zombie.thaw()
  const code = await Promise.race([zombie.exit(), sleep(60_000, 'nothing')])
  const says = zombie.log.includes('kafka.fenced')
  await zombie.kill()
  await connector.bury(zombie, `of before ended with ${code}`)
  if (code !== 4 || !says) throw new Error(`the old connector ended with ${code}:\n${connector.logs.at(-1)}`)
  return true
}

/** It stands still until the group has given its partitions to another one, finds that, and ends. */
export async function zombieSink({ sink, timeline }: Scene): Promise<true> {
  const zombie = await frozen(sink)
  timeline.note('the sink stands still, another one starts')
  await expect
    .poll(() => sink.current?.log.includes('partitions claimed') === true || broken(sink), patience)
    .toBe(true)
  timeline.note('the old sink goes on')
  zombie.thaw()
  const code = await Promise.race([zombie.exit(), sleep(60_000, 'nothing')])
  const says = zombie.log.includes('sink.taken_over')
  await zombie.kill()
  await sink.bury(zombie, `of before ended with ${code}`)
  if (code !== 4 || !says) throw new Error(`the old sink ended with ${code}:\n${sink.logs.at(-1)}`)
  return true
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
