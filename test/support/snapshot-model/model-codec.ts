import type { EncodedValue } from '../../../schemas/overlay.ts'
import type { ModelEvent, ModelRow } from './model-database.ts'

/** What a record of the model says. */
export interface ModelRecord {
  readonly op: 'c' | 'u' | 'd' | 't' | 'r'
  readonly row: ModelRow | null
  readonly before: ModelRow | null
  readonly absent: readonly string[]
  readonly write: number
}

export function encodeEvent(event: ModelEvent): EncodedValue {
  const { op, row, before, write } = event
  return encode({ op, row, before, write, absent: event.absent === null ? [] : [event.absent] })
}

export function encodeRow(row: ModelRow): EncodedValue {
  return encode({ op: 'r', row, before: null, write: 0, absent: [] })
}

export function decode({ value, headers }: EncodedValue): ModelRecord {
  const absent = headers?.find(([name]) => name === 'sb.unchanged')?.[1]
  // Both were written below.
  return {
    ...(JSON.parse(value.toString()) as ModelRecord),
    absent: absent ? (JSON.parse(absent.toString()) as string[]) : [],
  }
}

function encode(record: ModelRecord): EncodedValue {
  const { absent, ...rest } = record
  return {
    value: Buffer.from(JSON.stringify(rest)),
    headers: absent.length === 0 ? null : [['sb.unchanged', Buffer.from(JSON.stringify(absent))]],
  }
}

/** The model's `RowOverlay`. */
export function overlayRecords(older: EncodedValue, newer: EncodedValue): EncodedValue {
  const base = decode(older)
  const top = decode(newer)
  if (base.row === null || top.row === null) throw new Error('an overlay needs two rows')
  const row = { ...base.row }
  for (const column of ['a', 'b'] as const) if (!top.absent.includes(column)) row[column] = top.row[column]
  return encode({ ...base, row, absent: base.absent.filter(column => top.absent.includes(column)) })
}
