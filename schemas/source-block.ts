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
const nothing: Buffer = Buffer.alloc(0)
const sequenceEnd = Buffer.from('"]')
const noXminNorOrigin = Buffer.alloc(3)

/** Writes the `source` of envelopes. All but the position is encoded once per origin, and copied from then on. */
export class SourceBlock {
  readonly #identity: SourceIdentity
  #origin: ChangeOrigin | null = null
  /** Up to the `db`, and where the sequence begins. */
  #head = nothing
  /** `["123","` or `[null,"`. */
  #sequence = nothing
  /** From `ts_us` to `txId`, and where the `lsn` begins. */
  #middle = nothing
  /** Where the digits of the last row's lsn lie in what was written. */
  digitsStart = 0
  digitsEnd = 0

  constructor(identity: SourceIdentity) {
    this.#identity = identity
  }

  /** Appends the block for a row at `lsn`. */
  write(origin: ChangeOrigin, lsn: number, out: ByteWriter): void {
    if (origin !== this.#origin) this.#prepare(origin)
    out.all(this.#head)
    const lengthAt = out.position
    // The text has at most 48 bytes, so its length takes one.
    out.byte(0)
    out.all(this.#sequence)
    this.digitsStart = out.position
    writeDigits(lsn, out)
    this.digitsEnd = out.position
    out.all(sequenceEnd)
    out.buffer[lengthAt] = (out.position - lengthAt - 1) << 1
    out.all(this.#middle)
    writeLong(lsn, out)
    out.all(noXminNorOrigin)
  }

  #prepare(origin: ChangeOrigin): void {
    this.#origin = origin
    const { version, name, database, table } = this.#identity
    const head = new ByteWriter(256)
    for (const text of [version, connector, name]) writeString(text, head)
    writeBigLong(origin.committedAtUs / 1000n, head)
    head.byte(0)
    writeString(origin.snapshot ? 'true' : 'false', head)
    writeString(database, head)
    head.byte(2)
    this.#head = head.written()
    this.#sequence = Buffer.from(origin.previousCommit === null ? '[null,"' : `["${origin.previousCommit}","`)
    const middle = new ByteWriter(256)
    writeOptionalLong(origin.committedAtUs, middle)
    writeOptionalLong(origin.committedAtUs * 1000n, middle)
    writeString(table.schema, middle)
    writeString(table.name, middle)
    if (origin.transactionId === null) middle.byte(0)
    else writeOptionalLong(BigInt(origin.transactionId), middle)
    middle.byte(2)
    this.#middle = middle.written()
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
