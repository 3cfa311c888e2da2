import { BATCH_HEADER_BYTES, sealBatch, writeChecksum } from '../batch-header.ts'
import type { BatchProducer } from '../batch-header.ts'
import type { AbortedTransaction, PartitionAnswer } from '../committed-batches.ts'
import type { EncodedRecords, PartitionRange, Starting } from '../log.ts'

const CONTROL = 0x20
/** A record without headers whose key is version 0 and the marker's type, and whose value is its version and an epoch. */
const markerRecord = (type: number) => Buffer.from([32, 0, 0, 0, 8, 0, 0, 0, type, 12, 0, 0, 0, 0, 0, 0, 0])
const ABORT = 0
const COMMIT = 1

interface StoredBatch {
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  readonly bytes: Buffer
}

/** One partition as a broker keeps it: record batches and markers, one after the other, and who has a transaction open. */
export class MemoryPartition {
  start = 0n
  end = 0n
  #batches: StoredBatch[] = []
  readonly #open = new Map<bigint, bigint>()
  readonly #aborted: (AbortedTransaction & { readonly lastOffset: bigint })[] = []

  /** Copies the records, as a broker does. Returns the first one's offset. */
  append(records: EncodedRecords, producer: BatchProducer, nowMs: number): bigint {
    const firstOffset = this.end
    if (producer.transactional && !this.#open.has(producer.producerId)) {
      this.#open.set(producer.producerId, firstOffset)
    }
    this.#store(Buffer.concat([sealBatch(records, producer, nowMs), records.bytes]), records.count)
    return firstOffset
  }

  /** Ends a producer's transaction with a marker, which takes an offset. */
  mark(producerId: bigint, outcome: 'commit' | 'abort', nowMs: number): void {
    const firstOffset = this.#open.get(producerId)
    if (firstOffset === undefined) return
    const bytes = markerRecord(outcome === 'commit' ? COMMIT : ABORT)
    const marker: EncodedRecords = { topic: '', partition: 0, bytes, count: 1 }
    const producer: BatchProducer = { producerId, epoch: 0, firstSequence: -1, transactional: true }
    const header = sealBatch(marker, producer, nowMs)
    header.writeInt16BE(header.readInt16BE(21) | CONTROL, 21)
    writeChecksum(header, bytes)
    this.#store(Buffer.concat([header, bytes]), 1)
    this.#open.delete(producerId)
    if (outcome === 'abort') this.#aborted.push({ producerId, firstOffset, lastOffset: this.end - 1n })
  }

  /** Drops what is before an offset, as retention does. */
  trim(offset: bigint): void {
    this.start = offset
    this.#batches = this.#batches.filter(batch => batch.lastOffset >= offset)
  }

  /** Up to where transactions have ended. */
  get lastStable(): bigint {
    let offset = this.end
    for (const first of this.#open.values()) if (first < offset) offset = first
    return offset
  }

  range(topic: string, partition: number): PartitionRange {
    return { topic, partition, start: this.start, end: this.lastStable, written: this.end }
  }

  /** Whole batches from the one that holds the offset, at least one; null when the partition does not hold the offset. */
  read(from: Starting, maxBytes: number): PartitionAnswer | null {
    const { topic, partition, offset } = from
    if (offset < this.start || offset > this.end) return null
    const lastStable = this.lastStable
    const found: Buffer[] = []
    let bytes = 0
    for (const batch of this.#batches) {
      if (batch.lastOffset < offset) continue
      if (batch.lastOffset >= lastStable || (bytes > 0 && bytes + batch.bytes.length > maxBytes)) break
      found.push(batch.bytes)
      bytes += batch.bytes.length
    }
    const records = Buffer.concat(found)
    return {
      topic,
      partition,
      fetchOffset: offset,
      // One that ended before says nothing about what its producer wrote later.
      aborted: this.#aborted.filter(({ lastOffset }) => lastOffset >= offset),
      records,
    }
  }

  #store(bytes: Buffer, count: number): void {
    const firstOffset = this.end
    bytes.writeBigInt64BE(firstOffset, 0)
    this.end += BigInt(count)
    this.#batches.push({ firstOffset, lastOffset: this.end - 1n, bytes })
  }
}

/** Bytes that records take as a batch. */
export function batchBytes(records: EncodedRecords): number {
  return BATCH_HEADER_BYTES + records.bytes.length
}
