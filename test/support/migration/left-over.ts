import { expect } from 'vitest'
import { objectNames } from '../../../connectors/postgres/object-names.ts'
import type { Log } from '../../../kafka/log.ts'
import type { CliRun } from '../../unit/cli/run-cli.ts'
import type { Side } from './side.ts'

const sourceObjects = `
SELECT 'slot ' || slot_name AS object FROM pg_replication_slots WHERE slot_name = $1
UNION ALL
SELECT 'publication ' || pubname FROM pg_publication WHERE pubname IN ($2, $3)`

/** What a migration keeps at the source and in Kafka. */
export async function keptAtSourceAndKafka(
  migration: string,
  source: Side,
  log: Log,
): Promise<readonly string[]> {
  const { slot, publication, insertsPublication } = objectNames(migration)
  const names = [slot, publication, insertsPublication]
  const { rows } = await source.client.query<{ object: string }>(sourceObjects, names)
  const topics = await log.topics(`${migration}.`)
  return [...rows.map(({ object }) => object), ...topics.map(topic => `topic ${topic}`)]
}

/** A connector that has ended follows the source's log no more, which the server may notice a moment later. */
export async function expectUnfollowed(migration: string, { client }: Side): Promise<void> {
  const { slot } = objectNames(migration)
  const active = () =>
    client.query(`SELECT FROM pg_replication_slots WHERE slot_name = $1 AND active`, [slot])
  await expect.poll(active, { message: 'the slot is read' }).toMatchObject({ rowCount: 0 })
}

/** What Switchback keeps in a target: the tables of its schema. */
export async function keptInTarget({ client }: Side): Promise<readonly string[]> {
  const { rows } = await client.query<{ object: string }>(
    `SELECT 'table switchback.' || relname AS object FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace('switchback')`,
  )
  return rows.map(({ object }) => object)
}

/** `switchback drop` has done its work, and nothing of the migration is left. */
export async function expectDropped(drop: CliRun, left: () => Promise<readonly string[]>): Promise<void> {
  expect(drop, 'switchback drop').toMatchObject({ exit: 0, stderr: '' })
  // A broker of a cluster may hear of a deleted topic later than the one that deleted it.
  await expect.poll(left, { message: 'left over by switchback drop' }).toEqual([])
}
