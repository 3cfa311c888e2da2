import type { ByteWriter } from '../core/byte-writer.ts'
import type { RecordHeader } from '../kafka/record-headers.ts'
import type { Change } from './change.ts'
import { headerNames } from './encoder.ts'
import { columnsEncoder } from './columns-encoder.ts'
import { encodeKeyRow, rowSteps } from './row-encoder.ts'
import { RowExtras } from './row-extras.ts'
import { rowLayout } from './row-layout.ts'
import type { TableSchema } from './table-schema.ts'

/** Appends the `before` and `after` of an envelope. Returns the headers that the two rows need, null if none. */
export type RowWriter = (change: Change, out: ByteWriter) => RecordHeader[] | null

export function rowWriter(schema: TableSchema): RowWriter {
  const columns = rowLayout(schema)
  const encodeRow = columnsEncoder(rowSteps(columns))
  const isKey = columns.map(column => schema.key.includes(column.name))
  const extras = new RowExtras()
  return (change, out) => {
    const { before, after } = change
    out.byte(before === null ? 0 : 2)
    if (before !== null && change.beforeIsKey) encodeKeyRow({ columns, isKey }, before, out, extras)
    else if (before !== null) encodeRow(before, out, extras)
    const headers = extras.drain(headerNames.textBefore, null)
    out.byte(after === null ? 0 : 2)
    if (after !== null) encodeRow(after, out, extras)
    return extras.drain(headerNames.text, headers)
  }
}
