import type { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'

/** A record whose partition is known, and which writes itself into the batch that is chosen for it. */
export interface PlacedRecord {
  readonly partition: number
  /** Appends it, or nothing if it was put aside as too large. */
  appendTo(batch: RecordBatchWriter): void
}
