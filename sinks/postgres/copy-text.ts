import { ByteWriter } from '../../core/byte-writer.ts'
import type { ChangeDecoder } from '../../schemas/decoder.ts'
import { absentCell, type TableBatch, textCell } from '../table-batch.ts'

const pieceBytes = 128 << 10
const tab = 0x09
const newline = 0x0a
const carriageReturn = 0x0d
const backslash = 0x5c
const capitalN = 0x4e

/** Types whose text never holds a character that COPY escapes. */
const plainTypes = new Set([
  'INT2',
  'INT4',
  'INT8',
  'OID',
  'BOOL',
  'FLOAT4',
  'FLOAT8',
  'NUMERIC',
  'DATE',
  'TIME',
  'TIMETZ',
  'TIMESTAMP',
  'TIMESTAMPTZ',
  'UUID',
])

/** Writes entries as rows of COPY's text format: NULL and absent fields are `\N`. */
export class CopyTextWriter {
  readonly #columns: readonly number[]
  readonly #decoder: ChangeDecoder
  readonly #escaped: readonly boolean[]
  readonly #first: Buffer

  /** `columns`: numbers of the decoder's columns, in the order of the COPY, behind those that hold `first` in every row. */
  constructor(decoder: ChangeDecoder, columns: readonly number[], first: readonly (string | null)[]) {
    this.#columns = columns
    this.#decoder = decoder
    this.#escaped = columns.map(column => !plainTypes.has(decoder.columns[column]?.sourceType ?? ''))
    this.#first = fieldsOf(first)
  }

  /** Emits the entries in pieces. `operation` gives the number that stands before an entry's fields; null: none. */
  write(
    batch: TableBatch,
    entries: Int32Array,
    operation: Int16Array | null,
    emit: (piece: Buffer) => void,
  ): void {
    let out = new ByteWriter(pieceBytes + (pieceBytes >> 3))
    for (let index = 0; index < entries.length; index++) {
      if (operation !== null) {
        out.utf8(String(operation[index]))
        out.byte(tab)
      }
      out.bytes(this.#first, 0, this.#first.length)
      this.#row(batch, entries[index] ?? 0, out)
      if (out.position < pieceBytes) continue
      emit(out.written())
      out = new ByteWriter(pieceBytes + (pieceBytes >> 3))
    }
    if (out.position > 0) emit(out.written())
  }

  #row(batch: TableBatch, entry: number, out: ByteWriter): void {
    const columns = this.#columns
    const bytes = batch.bytesOf(entry)
    for (let index = 0; index < columns.length; index++) {
      if (index > 0) out.byte(tab)
      const column = columns[index] ?? 0
      const start = batch.start(entry, column)
      if (start === textCell) writeText(batch.textOf(entry, column), out)
      else if (start === absentCell || this.#decoder.isNull(column, bytes, start)) writeNull(out)
      else {
        const from = out.position
        this.#decoder.text(column, bytes, start, batch.end(entry, column), out)
        if (this.#escaped[index] === true) escapeFrom(out, from)
      }
    }
    out.byte(newline)
  }
}

function fieldsOf(texts: readonly (string | null)[]): Buffer {
  const out = new ByteWriter(64)
  for (const text of texts) {
    writeText(text === null ? null : Buffer.from(text), out)
    out.byte(tab)
  }
  return out.written()
}

function writeText(text: Buffer | null, out: ByteWriter): void {
  if (text === null) return writeNull(out)
  const from = out.position
  out.bytes(text, 0, text.length)
  escapeFrom(out, from)
}

function writeNull(out: ByteWriter): void {
  out.byte(backslash)
  out.byte(capitalN)
}

/** Escapes what was written since `from`, in place. */
function escapeFrom(out: ByteWriter, from: number): void {
  const end = out.position
  let extra = 0
  for (let at = from; at < end; at++) if (isSpecial(out.buffer[at] ?? 0)) extra++
  if (extra === 0) return
  out.reserve(extra)
  const { buffer } = out
  let to = end + extra
  out.position = to
  for (let at = end - 1; at >= from; at--) {
    const byte = buffer[at] ?? 0
    const special = isSpecial(byte)
    buffer[--to] = special ? escapeCode(byte) : byte
    if (special) buffer[--to] = backslash
  }
}

function isSpecial(byte: number): boolean {
  return byte === backslash || byte === newline || byte === tab || byte === carriageReturn
}

function escapeCode(byte: number): number {
  if (byte === newline) return 0x6e
  if (byte === tab) return 0x74
  return byte === carriageReturn ? 0x72 : byte
}
