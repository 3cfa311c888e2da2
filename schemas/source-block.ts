import { ByteWriter } from '../core/byte-writer.ts'
import type { TableRef } from '../core/table-ref.ts'
import type { ChangeOrigin } from './change.ts'
import { writeDigits } from './codecs/digits.ts'
import { writeBigLong, writeLong } from './codecs/varint.ts'

/** What stands in every source block of a table. */
export interface SourceIdentity {
  readonly version: string
  /** The migration: `source.name`. */
  readonly name: string
  readonly database: string
  readonly table: TableRef
}

const connector = 'postgresql'

/** Writes the `source` of envelopes. All but the position is encoded once per origin, and copied from then on. */
export class SourceBlock {
  readonly #identity: SourceIdentity
  #origin: ChangeOrigin | null = null
  /** Up to the `db` and the beginning of the sequence's text. */
  readonly #head = new ByteWriter(256)
  /** `["123","` or `[null,"`. */
  readonly #sequence = new ByteWriter(32)
  /** From `ts_us` to `txId`. */
  readonly #middle = new ByteWriter(256)

  constructor(identity: SourceIdentity) {
    this.#identity = identity
  }

  /** Appends the block for a row at `lsn`. */
  write(origin: ChangeOrigin, lsn: number, out: ByteWriter): void {
    if (origin !== this.#origin) this.#prepare(origin)
    append(this.#head, out)
    out.byte(2)
    const lengthAt = out.position
    // The text has at most 48 bytes, so its length takes one.
    out.byte(0)
    append(this.#sequence, out)
    writeDigits(lsn, out)
    out.byte(0x22)
    out.byte(0x5d)
    out.buffer[lengthAt] = (out.position - lengthAt - 1) << 1
    append(this.#middle, out)
    out.byte(2)
    writeLong(lsn, out)
    // No xmin, origin and origin_lsn.
    for (let i = 0; i < 3; i++) out.byte(0)
  }

  #prepare(origin: ChangeOrigin): void {
    this.#origin = origin
    const { version, name, database, table } = this.#identity
    const head = cleared(this.#head)
    for (const text of [version, connector, name]) writeString(text, head)
    writeBigLong(origin.committedAtUs / 1000n, head)
    head.byte(0)
    writeString(origin.snapshot ? 'true' : 'false', head)
    writeString(database, head)
    cleared(this.#sequence).utf8(origin.previousCommit === null ? '[null,"' : `["${origin.previousCommit}","`)
    const middle = cleared(this.#middle)
    writeOptionalLong(origin.committedAtUs, middle)
    writeOptionalLong(origin.committedAtUs * 1000n, middle)
    writeString(table.schema, middle)
    writeString(table.name, middle)
    if (origin.transactionId === null) middle.byte(0)
    else writeOptionalLong(BigInt(origin.transactionId), middle)
  }
}

/** Appends a long in the second branch of its union. */
export function writeOptionalLong(value: bigint, out: ByteWriter): void {
  out.byte(2)
  writeBigLong(value, out)
}

/** Appends an Avro string. */
export function writeString(text: string, out: ByteWriter): void {
  writeLong(Buffer.byteLength(text), out)
  out.utf8(text)
}

/** Appends all that `from` holds. */
export function append(from: ByteWriter, out: ByteWriter): void {
  out.bytes(from.buffer, 0, from.position)
}

/** Empties the writer. */
export function cleared(writer: ByteWriter): ByteWriter {
  writer.position = 0
  return writer
}
