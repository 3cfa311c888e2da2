import { setTimeout as sleep } from 'node:timers/promises'
import type { SupervisedServer } from '../../../stack/supervise.ts'
import type { Migration } from '../migration/migration.ts'
import type { FireServers } from './fire-servers.ts'
import type { KeptAlive } from './kept-alive.ts'
import type { Timeline } from './timeline.ts'
import { zombieConnector, zombieSink } from './zombies.ts'

/** All that can break. */
export interface Scene {
  readonly servers: FireServers
  readonly migration: Migration
  readonly connector: KeptAlive
  readonly sink: KeptAlive
  readonly timeline: Timeline
  readonly random: () => number
}

type Accident = (scene: Scene) => Promise<void>

const killConnector: Accident = scene => kill(scene, scene.connector)
const killSink: Accident = scene => kill(scene, scene.sink)
const killBoth: Accident = async scene => {
  await Promise.all([kill(scene, scene.connector), kill(scene, scene.sink)])
}

async function kill({ timeline }: Scene, role: KeptAlive): Promise<void> {
  timeline.note(`kill ${role.role}`)
  await role.kill()
}

const network: Accident = async ({ servers, timeline, random }) => {
  const names = ['kafka', 'source', 'target'] as const
  const name = names[Math.floor(random() * names.length)] ?? 'kafka'
  const proxy = servers.proxies[name]
  const ways = ['cut', 'cut inside', 'half close', 'stall', 'refuse'] as const
  const way = ways[Math.floor(random() * ways.length)] ?? 'cut'
  timeline.note(`${way}: ${name}, ${proxy.connections} connections`)
  switch (way) {
    case 'cut':
      proxy.cut()
      return
    case 'cut inside':
      proxy.cutAfter(Math.floor(random() ** 3 * 20_000))
      return
    case 'half close':
      proxy.halfClose()
      return
    case 'stall':
      proxy.stall()
      await sleep(random() * 3_000)
      proxy.release()
      return
    case 'refuse':
      proxy.refuse()
      await sleep(random() * 3_000)
      proxy.admit()
  }
}

const crashSource: Accident = scene => crash(scene, 'source')
const crashTarget: Accident = scene => crash(scene, 'target')
const crashKafka: Accident = scene => crash(scene, 'kafka')

async function crash({ servers, timeline, random }: Scene, name: 'source' | 'target' | 'kafka') {
  const server: SupervisedServer = servers[name]
  const orderly = random() < 0.3
  timeline.note(`${name} ${orderly ? 'restarts' : 'crashes'}`)
  if (!orderly) {
    await server.kill()
    await sleep(random() * 1_000)
  }
  await server.restart()
  timeline.note(`${name} is back`)
}

/** Each as often as its weight says. */
const accidents: readonly (readonly [weight: number, accident: Accident])[] = [
  [22, killConnector],
  [22, killSink],
  [8, killBoth],
  [22, network],
  [4, crashSource],
  [4, crashTarget],
  [2, crashKafka],
  [2, zombieConnector],
  [2, zombieSink],
]

export function someAccident(random: () => number): Accident {
  let draw = random() * accidents.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, accident] of accidents) if ((draw -= weight) < 0) return accident
  return killConnector
}
