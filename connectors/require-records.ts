import type { Log } from '../kafka/log.ts'
import { madeAgain } from '../schemas/same-topics.ts'
import type { StoredState } from '../schemas/stored-state.ts'
import type { CapturedTable } from './captured-table.ts'

/**
 * A topic never ends before the rows that were copied into it, whatever retention has taken away: one that does was deleted
 * and made again, and would hide that what it held is gone. Throws `kafka.topic_missing`.
 */
export async function requireRecords(
  log: Log,
  tables: Iterable<CapturedTable>,
  { snapshots }: StoredState,
): Promise<void> {
  const rowsOf = (id: string) => BigInt(snapshots.get(id)?.rows ?? 0)
  const copied = [...tables].filter(({ id }) => rowsOf(id) > 0n)
  const ends = new Map<string, bigint>()
  for (const { topic, end } of await log.ranges(copied.map(({ state }) => state.topic)))
    ends.set(topic, (ends.get(topic) ?? 0n) + end)
  for (const { id, state } of copied) {
    if ((ends.get(state.topic) ?? 0n) < rowsOf(id)) throw madeAgain(state)
  }
}
