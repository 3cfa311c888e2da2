import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'

/** Buffers that grew beyond this are left to the garbage collector. */
const keepBytes = 4 << 20

/** Batch buffers that go from chunk to chunk, so that a copy does not allocate its own size again and again. */
export class BatchPool {
  readonly #free: RecordBatchWriter[] = []
  readonly #keep: number

  /** Keeps at most `keep` idle buffers. */
  constructor(keep: number) {
    this.#keep = keep
  }

  take(): RecordBatchWriter {
    return this.#free.pop() ?? new RecordBatchWriter()
  }

  /** Takes back a buffer that nobody reads any more. */
  give(writer: RecordBatchWriter): void {
    // Also a row that was too large, and is not in it any more, made it grow.
    if (writer.capacity > keepBytes || this.#free.length >= this.#keep) return
    writer.reset()
    this.#free.push(writer)
  }

  /** Leaves the idle buffers to the garbage collector. */
  clear(): void {
    this.#free.length = 0
  }
}
