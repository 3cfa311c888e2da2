import { absentField, type FieldSlices, nullField } from '../../../schemas/field-slices.ts'
import { copiedColumns, type TableSchema } from '../../../schemas/table-schema.ts'

const loopBytes = 96

/** The key of the last row: copied from each row, because the row's bytes are gone when we know that it was the last. */
export class LastKey {
  readonly #fields: readonly number[]
  readonly #ends: number[]
  #bytes = Buffer.allocUnsafe(256)
  #known = false

  constructor(table: TableSchema) {
    const columns = copiedColumns(table)
    this.#fields = table.key.map(name => columns.findIndex(column => column.name === name))
    this.#ends = this.#fields.map(() => 0)
  }

  copy(row: FieldSlices): void {
    let to = 0
    for (let i = 0; i < this.#fields.length; i++) {
      const field = this.#fields[i] ?? 0
      const length = row.lengths[field] ?? 0
      if (length === nullField || length === absentField) throw new Error('a key column is NULL')
      const start = row.starts[field] ?? 0
      this.#reserve(to + length)
      this.#append(row.buffer, start, to, length)
      to += length
      this.#ends[i] = to
    }
    this.#known = true
  }

  /** The values as text, in key order; null before the first row. */
  values(): string[] | null {
    if (!this.#known) return null
    return this.#ends.map((end, i) => this.#bytes.toString('utf8', this.#ends[i - 1] ?? 0, end))
  }

  #append(source: Buffer, start: number, to: number, length: number): void {
    const bytes = this.#bytes
    // A key has few bytes as a rule: fewer than the view of a native copy costs.
    if (length > loopBytes) source.copy(bytes, to, start, start + length)
    else for (let i = 0; i < length; i++) bytes[to + i] = source[start + i] ?? 0
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(bytes * 2)
    this.#bytes.copy(larger)
    this.#bytes = larger
  }
}
