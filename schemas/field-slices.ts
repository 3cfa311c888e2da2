/** In place of a length: the field is NULL. */
export const nullField = -1
/** In place of a length: the log did not carry the field (an unchanged TOAST value). Absent is not NULL. */
export const absentField = -2

/**
 * One row as slices of a buffer: field i is `buffer[starts[i], starts[i] + lengths[i])`, in the order of `copiedColumns`.
 * The bytes are the database's text form of the value in UTF-8. Reused from row to row: read it before the next one.
 */
export class FieldSlices {
  buffer: Buffer = Buffer.alloc(0)
  readonly starts: Int32Array
  readonly lengths: Int32Array
  readonly count: number

  constructor(count: number) {
    this.count = count
    this.starts = new Int32Array(count)
    this.lengths = new Int32Array(count)
  }
}
