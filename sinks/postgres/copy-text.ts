import { ByteWriter } from '../../core/byte-writer.ts'
import { writeCopyText } from '../../schemas/copy-escape.ts'
import type { ChangeDecoder, CopiedRow, CopyRow } from '../../schemas/decoder.ts'
import { type TableBatch, textCell } from '../table-batch.ts'
import { type EmitPiece, handOn, newPiece, pieceBytes } from './copy-pieces.ts'

const tab = 0x09
const nothing = Buffer.alloc(0)
const noStarts = new Int32Array(0)

/** Writes entries as rows of COPY's text format: NULL and absent fields are `\N`. */
export class CopyTextWriter {
  readonly #copyRow: CopyRow
  readonly #first: Buffer
  /** The row being written, and where the texts of its cells are looked up. */
  readonly #row: CopiedRow
  readonly #at: { batch: TableBatch | null; entry: number } = { batch: null, entry: 0 }

  /** `columns`: numbers of the decoder's columns, in the order of the COPY, behind those that hold `first` in every row. */
  constructor(decoder: ChangeDecoder, columns: readonly number[], first: readonly (string | null)[]) {
    this.#copyRow = decoder.copyRow(columns)
    this.#first = fieldsOf(first)
    this.#row = {
      buffer: nothing,
      starts: noStarts,
      first: 0,
      cell: (column, out) => this.#cell(column, out),
    }
  }

  /** Emits the entries in pieces. `operation` gives the number that stands before an entry's fields; null: none. */
  write(batch: TableBatch, entries: Int32Array, operation: Int16Array | null, emit: EmitPiece): void {
    this.#at.batch = batch
    this.#row.starts = batch.starts
    try {
      this.#writeRows(batch, entries, operation, emit)
    } finally {
      // We live as long as the table: what is kept here is kept for each table, and the fetched bytes behind it.
      this.#at.batch = null
      this.#row.buffer = nothing
      this.#row.starts = noStarts
    }
  }

  #writeRows(batch: TableBatch, entries: Int32Array, operation: Int16Array | null, emit: EmitPiece): void {
    let out = newPiece()
    const row = this.#row
    for (let index = 0; index < entries.length; index++) {
      if (operation !== null) {
        out.utf8(String(operation[index]))
        out.byte(tab)
      }
      if (this.#first.length > 0) out.all(this.#first)
      const entry = entries[index] ?? 0
      this.#at.entry = entry
      row.buffer = batch.bytesOf(entry)
      row.first = batch.firstCell(entry)
      this.#copyRow(row, out)
      if (out.position < pieceBytes) continue
      handOn(out, emit)
      out = newPiece()
    }
    if (out.position > 0) handOn(out, emit)
  }

  #cell(column: number, out: ByteWriter): void {
    const { batch, entry } = this.#at
    const isText = batch?.start(entry, column) === textCell
    writeCopyText(isText ? batch.textOf(entry, column) : null, out)
  }
}

function fieldsOf(texts: readonly (string | null)[]): Buffer {
  const out = new ByteWriter(64)
  for (const text of texts) {
    writeCopyText(text === null ? null : Buffer.from(text), out)
    out.byte(tab)
  }
  return out.written()
}
