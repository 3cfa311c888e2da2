import { MigrationError } from '../core/errors.ts'
import { BATCH_HEADER_BYTES, isIntact, readBatchHeader } from './batch-header.ts'
import type { BatchHeader } from './batch-header.ts'
import type { FetchedBatch, TopicPartition } from './log.ts'

/** A transaction that was aborted: its batches begin at `firstOffset` and end with its marker. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/** What a broker answered for one partition: batches one after the other, aborted and control ones among them. */
export interface PartitionAnswer extends TopicPartition {
  readonly fetchOffset: bigint
  readonly aborted: readonly AbortedTransaction[]
  readonly records: Buffer
}

/** A batch as the broker stores it: perhaps compressed, and with records before the offset that was asked for. */
export interface StoredBatch extends Omit<FetchedBatch, 'bytes' | 'start' | 'end' | 'count'> {
  /** What was asked for begins here. */
  readonly fetchOffset: bigint
  readonly stored: Pick<FetchedBatch, 'bytes' | 'start' | 'end' | 'count'> & { readonly codec: number }
}

export interface CommittedBatches {
  readonly batches: readonly StoredBatch[]
  /** Where the next fetch goes on: past everything looked at, markers included. */
  readonly nextOffset: bigint
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Splits an answer into the batches that were committed and hold records from `fetchOffset` on. */
export function committedBatches(answer: PartitionAnswer): CommittedBatches {
  const batches: Mutable<StoredBatch>[] = []
  const filter = new AbortedFilter(answer.aborted)
  let nextOffset = answer.fetchOffset
  let at = 0
  for (;;) {
    const header = readBatchHeader(answer.records, at)
    if (header === null) break
    refuseCorrupt(answer, header, at)
    const visible = filter.isVisible(header)
    if (header.lastOffset >= nextOffset) {
      if (visible && header.count > 0) {
        const since = batches.at(-1)?.nextOffset ?? answer.fetchOffset
        batches.push(storedBatch(answer, header, { at, since }))
      }
      nextOffset = header.lastOffset + 1n
      // Whoever applied the batch before need not see this one's offsets again.
      const last = batches.at(-1)
      if (last !== undefined) last.nextOffset = nextOffset
    }
    at += header.bytes
  }
  return { batches, nextOffset }
}

/** Knows, batch after batch, whose transaction is one that was aborted. */
class AbortedFilter {
  readonly #coming: AbortedTransaction[]
  readonly #open = new Set<bigint>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#coming = aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset))
  }

  isVisible(header: BatchHeader): boolean {
    for (let next = this.#coming[0]; next && next.firstOffset <= header.lastOffset; next = this.#coming[0]) {
      this.#open.add(next.producerId)
      this.#coming.shift()
    }
    if (!header.control) return !(header.transactional && this.#open.has(header.producerId))
    // A producer's marker ends the transaction that it has open, which is the aborted one when there is one. What is written
    // in the marker need not be looked at, and Kafka's cleaner may have left nothing but its header.
    this.#open.delete(header.producerId)
    return false
  }
}

function storedBatch(
  answer: PartitionAnswer,
  header: BatchHeader,
  { at, since }: { readonly at: number; readonly since: bigint },
): Mutable<StoredBatch> {
  const { topic, partition, fetchOffset, records: bytes } = answer
  const { baseOffset, timestampMs, count, compression: codec } = header
  return {
    topic,
    partition,
    baseOffset,
    since,
    nextOffset: header.lastOffset + 1n,
    timestampMs,
    fetchOffset,
    stored: { bytes, start: at + BATCH_HEADER_BYTES, end: at + header.bytes, count, codec },
  }
}

/** The broker does not look at a batch again after it has stored it. */
function refuseCorrupt(answer: PartitionAnswer, { magic, bytes, baseOffset }: BatchHeader, at: number): void {
  if (magic === 2 && isIntact(answer.records, at, bytes)) return
  const place = `${answer.topic}/${answer.partition}@${baseOffset}`
  const how = magic === 2 ? 'does not fit its checksum' : `has format ${magic}, not 2`
  throw new MigrationError('kafka.corrupt_batch', `The batch at ${place} ${how}`)
}
