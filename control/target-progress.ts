import type { ConnectionOptions } from '../databases/postgres/connection-options.ts'
import { KeptSession } from '../databases/postgres/kept-session.ts'
import { query } from '../databases/postgres/query.ts'
import type { Session } from '../databases/postgres/with-session.ts'
import type { TopicPartition } from '../kafka/log.ts'

/** What a target says about its own progress. */
export interface TargetProgress {
  readonly partitions: readonly (TopicPartition & { readonly nextOffset: bigint })[]
  readonly parked: number
}

/** How long a target may take to answer. */
const patienceMs = 10_000

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
  readonly #migration: string
  readonly #session: KeptSession<Session>

  constructor(options: ConnectionOptions, migration: string) {
    this.#migration = migration
    this.#session = new KeptSession(options, async client => client)
  }

  /** Without progress tables it is empty. Throws `postgres.*`, also when the target takes too long; the next call connects again. */
  async read(): Promise<TargetProgress> {
    const why = `the target has not answered for ${patienceMs / 1000} seconds`
    const late = setTimeout(() => void this.#session.close(why), patienceMs)
    try {
      return await this.#session.use(client => readProgress(client, this.#migration))
    } finally {
      clearTimeout(late)
    }
  }

  /** What is under way fails with `postgres.unreachable`. */
  async close(): Promise<void> {
    await this.#session.close()
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
