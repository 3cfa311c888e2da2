import type { Client } from 'pg'
import { untilEither } from '../../../core/until-either.ts'
import { cancellable } from '../../../databases/postgres/cancellable.ts'
import { closeSession } from '../../../databases/postgres/close-session.ts'
import type { ConnectionOptions } from '../../../databases/postgres/connection-options.ts'
import { RowPortal } from '../../../databases/postgres/row-portal.ts'
import { FieldSlices } from '../../../schemas/field-slices.ts'
import { copiedColumns } from '../../../schemas/table-schema.ts'
import type { ChunkEnd, ChunkReader, ChunkRequest, ScanRequest } from '../../source.ts'
import { tableMissing } from '../missing-relation.ts'
import { estimatedRows } from './estimated-rows.ts'
import { FetchSize } from './fetch-size.ts'
import { keysetQueries, tableQuery } from './keyset-query.ts'
import { LastKey } from './last-key.ts'
import { inSnapshot, readerSession, type TableSnapshot } from './reader-session.ts'
import { segments } from './segments.ts'

/**
 * What a row of a scan costs beside its text: its envelope, about. Without it a row of one small column would be nearly free, and
 * one without text altogether.
 */
const envelopeBytes = 200

/** A connection that reads chunks of PostgreSQL tables. `signal` ends it, together with what it is reading. */
export async function chunkReader(options: ConnectionOptions, signal: AbortSignal): Promise<ChunkReader> {
  const client = await readerSession(options, signal)
  const run = <T>(inner: AbortSignal, work: () => Promise<T>) =>
    untilEither([signal, inner], either => cancellable(client, either, work))
  return {
    segments: (table, count, inner) =>
      run(inner, () => segments(client, table, count).catch(tableMissing(table.table))),
    estimatedRows: async ({ table }) => {
      const [rows = 0] = await run(signal, () => estimatedRows(client, [table]))
      return rows
    },
    read: (request, inner) =>
      run(inner, () => {
        const work = (snapshot: TableSnapshot) => readChunk(client, request, snapshot)
        return inSnapshot(client, request.table, work, request.opening)
      }),
    scan: (request, inner) =>
      run(inner, () => {
        const work = (snapshot: TableSnapshot) => scanTable(client, request, snapshot)
        return inSnapshot(client, request.table, work, request.opening)
      }),
    close: () => closeSession(client),
  }
}

async function readChunk(client: Client, request: ChunkRequest, snapshot: TableSnapshot): Promise<ChunkEnd> {
  request.open(snapshot.visibility)
  const slices = new FieldSlices(copiedColumns(request.table).length)
  const queries = keysetQueries(request.table, snapshot, request.segment)
  const portals = queries.map(sql => new RowPortal(client, sql, slices))
  const size = new FetchSize(request.maxBytes)
  const lastKey = new LastKey(request.table)
  // Rows may turn out larger than those before them: what comes far above the limit is left to the next chunk.
  const mostBytes = request.maxBytes * 2
  let rows = 0
  let bytes = 0
  let overfull = false
  const take = (row: FieldSlices) => {
    overfull ||= bytes >= mostBytes
    if (overfull) return
    request.row(row)
    lastKey.copy(row)
    rows++
    bytes += rowBytes(row)
  }
  let portal = portals.shift()
  while (portal !== undefined && rows < request.maxRows && bytes < request.maxBytes) {
    const most = Math.min(size.next(rows, bytes), request.maxRows - rows)
    if ((await portal.fetch(most, take)) === 'done') portal = portals.shift()
  }
  return { lastKey: lastKey.values(), rows, bytes, done: portal === undefined && !overfull }
}

async function scanTable(client: Client, request: ScanRequest, snapshot: TableSnapshot): Promise<void> {
  await request.open(snapshot.visibility)
  const slices = new FieldSlices(copiedColumns(request.table).length)
  const portal = new RowPortal(client, tableQuery(request.table, snapshot.kind), slices)
  let bytes = 0
  let waiting = false
  const take = (row: FieldSlices) => {
    request.row(row)
    bytes += envelopeBytes + rowBytes(row)
    if (waiting || bytes < request.sliceBytes) return
    bytes = 0
    waiting = true
    portal.pauseUntil(request.slice().then(() => void (waiting = false)))
  }
  await portal.fetch(0, take)
}

/** Fields lie behind each other, with four bytes of length between them. */
function rowBytes(row: FieldSlices): number {
  const last = row.count - 1
  if (last < 0) return 0
  return (row.starts[last] ?? 0) + Math.max(0, row.lengths[last] ?? 0) - (row.starts[0] ?? 0)
}
