import { ByteWriter } from '../core/byte-writer.ts'
import type { Change, ChangeOrigin } from './change.ts'
import { writeDigits } from './codecs/digits.ts'
import { writeLong } from './codecs/varint.ts'
import { append, cleared } from './source-block.ts'

/** Writes the `transaction` of envelopes; its id is `txId:lsn` of the row, as Debezium has it. */
export class TransactionBlock {
  #origin: ChangeOrigin | null = null
  readonly #prefix = new ByteWriter(32)

  /** Appends the block, or null for rows of the snapshot. */
  write(change: Change, lsn: number, out: ByteWriter): void {
    const { origin } = change
    if (origin.snapshot) {
      out.byte(0)
      return
    }
    if (origin !== this.#origin) this.#prepare(origin)
    out.byte(2)
    const lengthAt = out.position
    // The text has at most 31 bytes, so its length takes one.
    out.byte(0)
    append(this.#prefix, out)
    writeDigits(lsn, out)
    out.buffer[lengthAt] = (out.position - lengthAt - 1) << 1
    writeLong(change.totalOrder, out)
    writeLong(change.collectionOrder, out)
  }

  /** 0 is the id that no transaction has. */
  #prepare(origin: ChangeOrigin): void {
    this.#origin = origin
    cleared(this.#prefix).utf8(`${origin.transactionId ?? 0}:`)
  }
}
