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
const sequenceEnd = '"]'

/** Writes the `source` of envelopes. All but the position is encoded once per origin, and copied from then on. */
export class SourceBlock {
  /** Up to `ts_ms`, from `snapshot` to `db` for rows of the log and of the snapshot, and the names of the table. */
  readonly #maker: Buffer
  readonly #streamed: Buffer
  readonly #copied: Buffer
  readonly #table: Buffer
  #origin: ChangeOrigin | null = null
  readonly #frontWriter = new ByteWriter(256)
  readonly #backWriter = new ByteWriter(256)
  /** Up to the `db`, and the sequence up to the position: `["123","` or `[null,"`, its length to be filled in. */
  #front = nothing
  #lengthAt = 0
  /** The end of the sequence, from `ts_us` to `txId`, and where the `lsn` begins. */
  #back = nothing
  /** Where the digits of the last row's lsn lie in what was written. */
  digitsStart = 0
  digitsEnd = 0

  constructor({ version, name, database, table }: SourceIdentity) {
    this.#maker = strings(version, connector, name)
    this.#streamed = strings('false', database)
    this.#copied = strings('true', database)
    this.#table = strings(table.schema, table.name)
  }

  /** Appends the block for a row at `lsn`. */
  write(origin: ChangeOrigin, lsn: number, out: ByteWriter): void {
    if (origin !== this.#origin) this.#prepare(origin)
    const lengthAt = out.position + this.#lengthAt
    out.all(this.#front)
    this.digitsStart = out.position
    writeDigits(lsn, out)
    this.digitsEnd = out.position
    // The text has at most 48 bytes, so its length takes one.
    out.buffer[lengthAt] = (this.digitsEnd + sequenceEnd.length - lengthAt - 1) << 1
    out.all(this.#back)
    writeLong(lsn, out)
    // Neither xmin nor an origin.
    for (let i = 0; i < 3; i++) out.byte(0)
  }

  #prepare(origin: ChangeOrigin): void {
    this.#origin = origin
    const front = this.#frontWriter
    front.position = 0
    front.all(this.#maker)
    writeBigLong(origin.committedAtUs / 1000n, front)
    front.byte(0)
    front.all(origin.snapshot ? this.#copied : this.#streamed)
    front.byte(2)
    this.#lengthAt = front.position
    front.byte(0)
    front.utf8(origin.previousCommit === null ? '[null,"' : `["${origin.previousCommit}","`)
    this.#front = front.written()
    const back = this.#backWriter
    back.position = 0
    back.utf8(sequenceEnd)
    writeOptionalLong(origin.committedAtUs, back)
    writeOptionalLong(origin.committedAtUs * 1000n, back)
    back.all(this.#table)
    if (origin.transactionId === null) back.byte(0)
    else writeOptionalLong(BigInt(origin.transactionId), back)
    back.byte(2)
    this.#back = back.written()
  }
}

function strings(...texts: readonly string[]): Buffer {
  const out = new ByteWriter(64)
  for (const text of texts) writeString(text, out)
  return out.written()
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
