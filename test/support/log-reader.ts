import { onTestFinished } from 'vitest'
import { objectNames } from '../../connectors/postgres/object-names.ts'
import { dropPrepared, prepareSource } from '../../connectors/postgres/prepare.ts'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import { openStream } from '../../connectors/postgres/stream/open-stream.ts'
import { positionAt } from '../../connectors/resume-point.ts'
import type { ChangeStream, LogMessage } from '../../connectors/source.ts'
import type { Position } from '../../core/position.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { absentField, type FieldSlices } from '../../schemas/field-slices.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'

export type Fields = readonly (string | null | undefined)[]

/** A row as texts: null is NULL, undefined is a field that the log did not carry. */
export function fields(row: FieldSlices): Fields {
  return Array.from(row.lengths, (length, i) => {
    const start = row.starts[i] ?? 0
    if (length === absentField) return undefined
    return length < 0 ? null : row.buffer.toString('utf8', start, start + length)
  })
}

/** A message of the log in a form that can be kept and compared. */
export function brief(message: LogMessage): readonly unknown[] {
  switch (message.kind) {
    case 'row': {
      const before =
        message.before === null ? [] : [message.beforeIsKey ? 'key' : 'old', fields(message.before)]
      return [
        message.op,
        message.table.name,
        ...(message.after === null ? [] : [fields(message.after)]),
        ...before,
      ]
    }
    case 'truncate':
      return ['t', ...message.tables.map(table => table.name)]
    case 'relation':
      return ['relation', message.schema.table.name, message.schema.columns.map(column => column.name)]
    case 'begin':
    case 'commit':
      return [message.kind]
  }
}

/** Reads until as many transactions with rows have ended. Gives their messages in brief. */
export async function readTransactions(
  stream: ChangeStream,
  count: number,
): Promise<{ messages: (readonly unknown[])[]; end: bigint }> {
  const messages: (readonly unknown[])[] = []
  let rows = 0
  for (let left = count; left > 0; ) {
    const message = stream.next()
    if (message === null) await stream.more(1_000)
    else if (message.kind === 'commit') {
      if (rows > 0 && --left === 0) return { messages, end: message.end }
      rows = 0
    } else if (message.kind !== 'begin') {
      rows++
      messages.push(brief(message))
    }
  }
  return { messages, end: 0n }
}

/** Slot and publications of one test, removed at its end. */
export async function preparedSource(connection: ConnectionOptions, names: readonly string[]) {
  // Unlike publications, the slots of all databases share their names.
  const objects = objectNames(connection.database)
  const client = await connect(connection)
  onTestFinished(async () => {
    await dropPrepared(client, objects)
    await client.end()
  })
  const describe = (): Promise<readonly TableSchema[]> =>
    describeTables(
      client,
      names.map(name => ({ schema: 'public', name })),
    )
  const tables = await describe()
  const prepared = await prepareSource(client, objects, tables, null)
  return {
    client,
    objects,
    tables,
    prepared,
    describe,
    at: (after: bigint): Position =>
      positionAt(prepared.start.lineage, { after, committedAtUs: null, previousCommit: null, partly: null }),
    /** Opens the stream; it is closed at the end of the test if it was not before. */
    open: async (from: Position, known: readonly TableSchema[] = tables): Promise<ChangeStream> => {
      const stream = await openStream(
        { connection, names: objects },
        from,
        known,
        new AbortController().signal,
      )
      onTestFinished(() => stream.close())
      return stream
    },
  }
}
