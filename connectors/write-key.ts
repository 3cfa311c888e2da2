import type { ByteWriter } from '../core/byte-writer.ts'
import { partitionFor } from '../kafka/murmur2.ts'
import type { FieldSlices } from '../schemas/field-slices.ts'
import { frameBytes } from '../schemas/frame.ts'
import type { CapturedTable } from './captured-table.ts'

/** Appends the key of a row. Returns the partition that it goes to. Only for tables that have a key. */
export function writeKey(table: CapturedTable, row: FieldSlices, out: ByteWriter): number {
  const { encoder, partitionKey, state } = table
  const start = out.position
  encoder.key(row, out)
  const end = out.position
  if (partitionKey.isAvro) return partitionFor(out.buffer, start + frameBytes, end, state.partitions)
  partitionKey.write(row, out)
  const partition = partitionFor(out.buffer, end, out.position, state.partitions)
  out.position = end
  return partition
}
