import { copyBytes } from '../core/byte-view.ts'
import type { ByteWriter } from '../core/byte-writer.ts'
import type { Change, ChangeOrigin } from './change.ts'
import { writeLong } from './codecs/varint.ts'
import type { SourceBlock } from './source-block.ts'

/** Writes the `transaction` of envelopes; its id is `txId:lsn` of the row, as Debezium has it. */
export class TransactionBlock {
  #origin: ChangeOrigin | null = null
  #prefix: Buffer = Buffer.alloc(0)

  /** Appends the block, or null for rows of the snapshot, behind the row's source block. */
  write(change: Change, source: SourceBlock, out: ByteWriter): void {
    const { origin } = change
    if (origin.snapshot) {
      out.byte(0)
      return
    }
    if (origin !== this.#origin) this.#prepare(origin)
    const digits = source.digitsEnd - source.digitsStart
    out.byte(2)
    // The text has at most 31 bytes, so its length takes one.
    out.byte((this.#prefix.length + digits) << 1)
    out.bytes(this.#prefix, 0, this.#prefix.length)
    out.reserve(digits)
    copyBytes(out.view, source.digitsStart, out.view, out.position, digits)
    out.position += digits
    writeLong(change.totalOrder, out)
    writeLong(change.collectionOrder, out)
  }

  /** 0 is the id that no transaction has. */
  #prepare(origin: ChangeOrigin): void {
    this.#origin = origin
    this.#prefix = Buffer.from(`${origin.transactionId ?? 0}:`)
  }
}
