import { connect } from '../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../databases/postgres/connection-options.ts'
import { query } from '../databases/postgres/query.ts'
import type { TopicPartition } from '../kafka/log.ts'

/** What a target says about its own progress. */
export interface TargetProgress {
  readonly partitions: readonly (TopicPartition & { readonly nextOffset: bigint })[]
  readonly parked: number
}

type Session = Awaited<ReturnType<typeof connect>>

const tablesExist = `
SELECT to_regclass('switchback.progress') IS NOT NULL AS progress, to_regclass('switchback.parked') IS NOT NULL AS parked`

const selectProgress = `
SELECT topic, partition, next_offset::text AS next_offset
FROM switchback.progress
WHERE migration = $1
ORDER BY topic, partition`

const countParked = `
SELECT count(*)::text AS parked
FROM switchback.parked
WHERE migration = $1 AND status IN ('parked', 'held')`

/** Reads a target's progress on a session that is kept until it breaks. */
export class TargetProgressReader {
  readonly #options: ConnectionOptions
  readonly #migration: string
  #session: Session | null = null

  constructor(options: ConnectionOptions, migration: string) {
    this.#options = options
    this.#migration = migration
  }

  /** Without progress tables it is empty. Throws `postgres.*`; the next call connects again. */
  async read(): Promise<TargetProgress> {
    try {
      this.#session ??= await connect(this.#options)
      return await readProgress(this.#session, this.#migration)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = null
    // A broken session cannot say goodbye.
    await session?.end().catch(() => undefined)
  }
}

async function readProgress(session: Session, migration: string): Promise<TargetProgress> {
  const doing = 'read the progress of the target'
  const [exist] = await query<{ progress: boolean; parked: boolean }>(session, doing, tablesExist)
  const progress = exist?.progress
    ? await query<{ topic: string; partition: number; next_offset: string }>(session, doing, selectProgress, [
        migration,
      ])
    : []
  const parked = exist?.parked
    ? await query<{ parked: string }>(session, doing, countParked, [migration])
    : []
  return {
    partitions: progress.map(row => ({
      topic: row.topic,
      partition: row.partition,
      nextOffset: BigInt(row.next_offset),
    })),
    parked: Number(parked[0]?.parked ?? 0),
  }
}
