import type { EncodedRecords } from '../../../kafka/log.ts'
import { RecordCursor } from '../../../kafka/record-cursor.ts'
import type { EncodedValue } from '../../../schemas/overlay.ts'

/** The records of a batch, copied. */
export function recordsOf(records: EncodedRecords): EncodedValue[] {
  const cursor = new RecordCursor()
  const end = records.bytes.length
  cursor.open({
    ...records,
    baseOffset: 0n,
    since: 0n,
    nextOffset: 0n,
    start: 0,
    end,
    timestampMs: 0,
  })
  const values: EncodedValue[] = []
  while (cursor.next())
    values.push({
      value: Buffer.from(cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)),
      headers: cursor.headerCount === 0 ? null : cursor.headers(),
    })
  return values
}
