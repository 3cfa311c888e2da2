import { MigrationError } from '../core/errors.ts'
import type { Log } from '../kafka/log.ts'
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
  for (const { id, state } of tables) {
    const rows = BigInt(snapshots.get(id)?.rows ?? 0)
    if (rows === 0n) continue
    const end = (await log.ranges(state.topic)).reduce((sum, range) => sum + range.end, 0n)
    if (end < rows)
      throw new MigrationError('kafka.topic_missing', `The topic ${state.topic} was deleted and made again`, {
        details: { topic: state.topic, table: id },
      })
  }
}
