import { ByteWriter } from '../core/byte-writer.ts'
import type { Change, ChangeOrigin, Operation } from './change.ts'
import { SourceBlock, type SourceIdentity, writeOptionalLong } from './source-block.ts'
import { TransactionBlock } from './transaction-block.ts'

/** Writes what comes behind the rows of an envelope. For rows of the snapshot it is the same in a whole chunk, and kept. */
export class EnvelopeTail {
  readonly #source: SourceBlock
  readonly #transaction = new TransactionBlock()
  readonly #seenAt = new SeenAt()
  readonly #scratch = new ByteWriter(512)
  #kept: Buffer | null = null
  #origin: ChangeOrigin | null = null
  #lsn = -1n
  #op: Operation = 'r'
  #seenAtUs = -1n

  constructor(identity: SourceIdentity) {
    this.#source = new SourceBlock(identity)
  }

  write(change: Change, out: ByteWriter): void {
    if (change.origin.snapshot) out.all(this.#keptTail(change))
    else this.#write(change, out)
  }

  #keptTail(change: Change): Buffer {
    if (
      this.#kept !== null &&
      change.origin === this.#origin &&
      change.lsn === this.#lsn &&
      change.op === this.#op &&
      change.seenAtUs === this.#seenAtUs
    ) {
      return this.#kept
    }
    this.#origin = change.origin
    this.#lsn = change.lsn
    this.#op = change.op
    this.#seenAtUs = change.seenAtUs
    this.#scratch.position = 0
    this.#write(change, this.#scratch)
    this.#kept = Buffer.from(this.#scratch.written())
    return this.#kept
  }

  #write(change: Change, out: ByteWriter): void {
    this.#source.write(change.origin, Number(change.lsn), out)
    this.#transaction.write(change, this.#source, out)
    out.byte(2)
    out.byte(change.op.charCodeAt(0))
    this.#seenAt.write(change.seenAtUs, out)
  }
}

/** The three times at the end of the envelope; they change from batch to batch, not from row to row. */
class SeenAt {
  #us: bigint | null = null
  #encoded: Buffer = Buffer.alloc(0)

  write(us: bigint, out: ByteWriter): void {
    if (us !== this.#us) {
      this.#us = us
      const encoded = new ByteWriter(48)
      writeOptionalLong(us / 1000n, encoded)
      writeOptionalLong(us, encoded)
      writeOptionalLong(us * 1000n, encoded)
      this.#encoded = encoded.written()
    }
    out.all(this.#encoded)
  }
}
