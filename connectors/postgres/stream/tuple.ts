import { MigrationError } from '../../../core/errors.ts'
import { absentField, type FieldSlices, nullField } from '../../../schemas/field-slices.ts'

const isNull = 0x6e
const isUnchanged = 0x75
const isText = 0x74

/** Reads a row of the log into `slices`; returns where it ends. The slices point into `buffer`, of which `view` is. */
export function readTuple(buffer: Buffer, view: DataView, position: number, slices: FieldSlices): number {
  const { starts, lengths, count } = slices
  const told = view.getInt16(position)
  if (told !== count)
    throw new MigrationError('source.log_undecodable', `a row of ${told} columns, expected ${count}`)
  let at = position + 2
  for (let i = 0; i < count; i++) {
    const kind = view.getUint8(at++)
    if (kind === isText) {
      const length = view.getInt32(at)
      starts[i] = at + 4
      lengths[i] = length
      at += 4 + length
    } else if (kind === isNull) lengths[i] = nullField
    else if (kind === isUnchanged) lengths[i] = absentField
    else throw new MigrationError('source.log_undecodable', `a column of kind ${kind}`)
  }
  slices.buffer = buffer
  return at
}

/**
 * Takes fields that the log left out of the new row from the old one, as far as that was logged: whole, or its key, which is
 * logged when it lies outside of the row. Same buffer.
 */
export function fillUnchanged(after: FieldSlices, before: FieldSlices): void {
  for (let i = 0; i < after.count; i++) {
    const length = before.lengths[i] ?? absentField
    if (after.lengths[i] !== absentField || length < 0) continue
    after.starts[i] = before.starts[i] ?? 0
    after.lengths[i] = length
  }
}
