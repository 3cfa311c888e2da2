import { cancellable } from '../../databases/postgres/cancellable.ts'
import { closeSession } from '../../databases/postgres/close-session.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { cutAfter } from '../../databases/postgres/cut-after.ts'
import { query } from '../../databases/postgres/query.ts'
import type { Probe } from '../source.ts'
import { parseLsn } from './lsn.ts'
import type { ObjectNames } from './object-names.ts'
import { publishedTables } from './publications.ts'
import { parseVisibility } from './visibility.ts'

const currentSnapshot = 'SELECT pg_current_snapshot()::text AS value'
// Transactional: it reaches the stream as a transaction without rows, after every commit before it.
export const emitMarker = `SELECT pg_logical_emit_message(true, 'switchback', '')::text AS value`
// Not the written or flushed position: a commit that nobody waits for is visible before it is written.
const insertPosition = 'SELECT pg_current_wal_insert_lsn()::text AS value'

/** None of its statements waits for anybody: a server that takes so long does not answer any more. */
const patienceMs = 60_000

/** Opens a connection for quick questions and markers, which the signal cuts. Calls may overlap; they run one after the other. */
export async function openProbe(
  options: ConnectionOptions,
  names: ObjectNames,
  signal: AbortSignal,
): Promise<Probe> {
  const client = await connect(options, signal)
  const ask = <T>(work: () => Promise<T>) =>
    cutAfter(client, patienceMs, () => cancellable(client, signal, work))
  const value = async (doing: string, sql: string) => {
    const [row] = await ask(() => query<{ value: string }>(client, doing, sql))
    return row?.value ?? ''
  }
  return {
    parse: parseVisibility,
    visibility: async () => parseVisibility(await value('read the snapshot', currentSnapshot)),
    mark: async () => parseLsn(await value('write a marker', emitMarker)),
    head: async () => parseLsn(await value('read the end of the log', insertPosition)),
    published: () => ask(() => publishedTables(client, names)),
    close: () => closeSession(client),
  }
}
