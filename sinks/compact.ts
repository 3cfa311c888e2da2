import { ByteWriter } from '../core/byte-writer.ts'
import { KeyIndex } from './key-index.ts'
import { effect, type TableBatch, textCell } from './table-batch.ts'

/** All entries of a batch, in order. */
export function allEntries(batch: TableBatch): Int32Array {
  const entries = new Int32Array(batch.count)
  for (let entry = 0; entry < batch.count; entry++) entries[entry] = entry
  return entries
}

/**
 * The entries that are left when only the newest of each key counts, in order. A partial one is laid over the earlier one
 * of its key, which changes the batch; over a deletion both are left, so that the missing row is found out. Applying
 * what is left, deletions first, has the effect of applying all entries one by one. Repeated calls give the same.
 */
export function newestPerKey(batch: TableBatch): Int32Array {
  const index = new KeyIndex(batch)
  const dropped = new Uint8Array(batch.count)
  let left = batch.count
  for (let entry = 0; entry < batch.count; entry++) {
    const earlier = index.replace(entry)
    // Whether the row was there before is what its first entry knows.
    if (earlier >= 0) batch.setNew(entry, batch.isNew(earlier))
    if (earlier < 0 || !supersedes(batch, entry, earlier)) continue
    dropped[earlier] = 1
    left--
  }
  const entries = new Int32Array(left)
  let next = 0
  for (let entry = 0; entry < batch.count; entry++) if (dropped[entry] === 0) entries[next++] = entry
  return entries
}

/** Lays a partial entry over the earlier one of its key; false when both must be applied. */
function supersedes(batch: TableBatch, entry: number, earlier: number): boolean {
  const what = batch.effectOf(entry)
  if (what === effect.deleted || what === effect.whole) return true
  const before = batch.effectOf(earlier)
  if (before === effect.deleted) return false
  for (let column = 0; column < batch.columns; column++)
    if (batch.isAbsent(entry, column) && !batch.isAbsent(earlier, column))
      batch.setText(entry, column, cellText(batch, earlier, column))
  if (before === effect.whole) batch.setEffect(entry, effect.whole)
  else if (before === effect.partial) batch.setEffect(entry, effect.partial)
  return true
}

/** One that has grown more is not kept: its bytes are those of the cell from then on. */
const mostScratchBytes = 64 << 10
let scratch = new ByteWriter()

/** The text of a cell that is there; null is NULL. */
export function cellText(batch: TableBatch, entry: number, column: number): Buffer | null {
  const start = batch.start(entry, column)
  if (start === textCell) return batch.textOf(entry, column)
  const { decoder } = batch.version
  const bytes = batch.bytesOf(entry)
  if (decoder.isNull(column, bytes, start)) return null
  scratch.position = 0
  decoder.text(column, bytes, start, scratch)
  const text = scratch.written()
  if (scratch.buffer.length <= mostScratchBytes) return Buffer.from(text)
  scratch = new ByteWriter()
  return text
}
