import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFailed, onTestFinished } from 'vitest'
import { startTimeOf } from '../../../stack/process-table.ts'
import { money } from '../../../demo/shop/compare.ts'
import { loadShop } from '../../../demo/shop/load-shop.ts'
import type { Migration } from '../migration/migration.ts'
import { openMigration } from '../migration/open-migration.ts'
import { seeded } from '../migration/seeded.ts'
import { Accidents } from './accidents.ts'
import { differences } from './differences.ts'
import type { FireServers } from './fire-servers.ts'
import { hotTable } from './hard-actions.ts'
import { KeptAlive } from './kept-alive.ts'
import type { Scene } from './scene.ts'
import { ShopCrowd } from './shop-crowd.ts'
import { Timeline } from './timeline.ts'

export interface RoundOptions {
  readonly seed: number
  readonly rows: number
  readonly kills: number
  /** When it must end: `performance.now()`. */
  readonly endMs: number
  /** With accidents that take long. */
  readonly isLong: boolean
  /** Is told what happens, as it happens. */
  readonly onLine: (line: string) => void
}

export interface RoundReport {
  readonly kills: number
  readonly transactions: number
}

/** Longer than any of them may take on a slow machine. */
const accidentPatienceMs = 300_000
const pauseMs = { least: 200, most: 3_500 }

/** One migration from its beginning to its end, with everything breaking all the time. Nothing may be lost or doubled. */
export async function fireRound(servers: FireServers, options: RoundOptions): Promise<RoundReport> {
  const { seed, rows } = options
  const migration = await openMigration({
    from: servers.source,
    to: [servers.target],
    kafka: servers.kafka,
    include: ['shop.*'],
  })
  await loadShop(migration.source.client, rows)
  await migration.sql(hotTable)
  const before = await money(migration.source.client)
  lead(migration, servers)
  onTestFinished(() => mend(migration, servers))
  const scene = openScene(servers, migration, options)
  const { url } = migration.source.database
  const people = { connections: 3, pauseMs: 4, rare: 1 / 150 }
  const crowd = new ShopCrowd({ url, rows, random: seeded(seed + 1), ...people })
  onTestFinished(() => crowd.close().catch(() => undefined))
  await burn(scene, options)
  await putOut(scene)
  await crowd.close()
  const { connector, sink } = scene
  scene.timeline.note('everything is written')
  const applied = migration.drained().then(() => migration.unparked())
  const status = await Promise.race([applied, failureOf(connector), failureOf(sink)])
  await sink.look()
  expect(await differences(migration, 'shop')).toBe('')
  for (const { client } of [migration.source, ...migration.targets]) expect(await money(client)).toBe(before)
  await migration.expectEqual('shop')
  expect(status.targets.map(({ parked }) => parked)).toEqual([0])
  expect(sink.skipped, 'events that came twice').toBe(0)
  await connector.stop()
  await sink.stop()
  return { kills: connector.kills + sink.kills, transactions: crowd.transactions }
}

/** Leads the processes through the proxies, but not the test itself. Small chunks make a long snapshot. */
function lead(migration: Migration, { proxies }: FireServers): void {
  const { settings } = migration
  settings.kafka.brokers = [`127.0.0.1:${proxies.kafka.port}`]
  settings.source.postgres.port = proxies.source.port
  for (const { postgres } of settings.targets) postgres.port = proxies.target.port
  settings.snapshot = { readers: 2, chunkBytes: 65_536 }
  settings.sink = { writers: 2, batchBytes: 262_144 }
}

function openScene(servers: FireServers, migration: Migration, { seed, onLine }: RoundOptions): Scene {
  const timeline = new Timeline(onLine)
  const keptAlive = (role: 'connector' | 'sink', own: number) => {
    const kept = new KeptAlive({ migration, role, timeline, random: seeded(own), fatal: 0.5 })
    onTestFinished(() => kept.abandon())
    return kept
  }
  const connector = keptAlive('connector', seed + 2)
  const sink = keptAlive('sink', seed + 3)
  onTestFailed(() => {
    const logs = [...connector.logs, connector.lastWords, ...sink.logs, sink.lastWords].join('\n')
    process.stderr.write(`seed ${seed}\n${timeline.toString()}\n${logs}\n`)
  })
  return { servers, migration, connector, sink, timeline, random: seeded(seed) }
}

/** Until there were enough kills, and everything has happened once. */
async function burn(scene: Scene, { kills, endMs, isLong }: RoundOptions): Promise<void> {
  const { connector, sink, random, timeline } = scene
  const accidents = new Accidents(random, isLong)
  const isEnough = () => connector.kills + sink.kills >= kills && accidents.missing.length === 0
  while (!isEnough() && performance.now() < endMs) {
    await sleep(pauseMs.least + random() ** 2 * (pauseMs.most - pauseMs.least))
    await Promise.all([connector.look(), sink.look()])
    const [name, accident] = accidents.next()
    timeline.note(name)
    const hurt = await Promise.race([accident(scene), tooLong(name)])
    timeline.note(`${name}: ${hurt ? 'done' : 'nobody was hurt'}`)
    for (const role of [connector, sink]) if (role.failure !== null) throw role.failure
  }
  if (performance.now() < endMs) expect(accidents.missing, 'accidents that never happened').toEqual([])
}

/** Whatever was broken when the test failed. */
async function mend(
  migration: Migration,
  { kafka, source, target, targetDisk, kafkaDisk, proxies }: FireServers,
): Promise<void> {
  targetDisk?.free()
  kafkaDisk?.free()
  for (const proxy of Object.values(proxies)) {
    proxy.admit()
    proxy.release()
  }
  for (const server of [kafka, source, target])
    if (startTimeOf(server.pid) === undefined) await server.restart()
  for (const side of [migration.source, ...migration.targets]) await side.reconnect()
}

/** Nothing breaks any more. */
async function putOut({ connector, sink, migration, timeline }: Scene): Promise<void> {
  timeline.note('the fire is out')
  await connector.calm()
  await sink.calm()
  for (const side of [migration.source, ...migration.targets]) await side.reconnect()
}

/** What waits for something that never comes has to say so, with everybody's logs. */
async function tooLong(name: string): Promise<never> {
  await sleep(accidentPatienceMs, undefined, { ref: false })
  throw new Error(`${name}: not over after ${accidentPatienceMs} ms`)
}

async function failureOf(role: KeptAlive): Promise<never> {
  return new Promise((_, reject) => {
    const looking = setInterval(() => {
      if (role.failure === null) return
      clearInterval(looking)
      reject(role.failure)
    }, 200)
    looking.unref()
    onTestFinished(() => clearInterval(looking))
  })
}
