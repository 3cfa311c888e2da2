import { MigrationError } from '../core/errors.ts'
import { BATCH_HEADER_BYTES, isIntact, readBatchHeader } from './batch-header.ts'
import type { BatchHeader } from './batch-header.ts'
import { decompressed } from './compression.ts'
import type { FetchedBatch, TopicPartition } from './log.ts'
import { RecordCursor } from './record-cursor.ts'

/** A transaction that was aborted: its batches begin at `firstOffset` and end with its marker. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/** What a broker answered for one partition: batches one after the other, aborted and control ones among them. */
export interface PartitionAnswer extends TopicPartition {
  readonly fetchOffset: bigint
  readonly highWatermark: bigint
  readonly aborted: readonly AbortedTransaction[]
  readonly records: Buffer
}

export interface CommittedBatches {
  readonly batches: readonly FetchedBatch[]
  /** Where the next fetch goes on: past everything looked at, markers included. */
  readonly nextOffset: bigint
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Splits an answer into the batches that were committed and hold records from `fetchOffset` on. */
export function committedBatches(answer: PartitionAnswer): CommittedBatches {
  const batches: Mutable<FetchedBatch>[] = []
  const filter = new AbortedFilter(answer.aborted)
  let nextOffset = answer.fetchOffset
  let at = 0
  for (;;) {
    const header = readBatchHeader(answer.records, at)
    if (header === null) break
    refuseCorrupt(answer, header, at)
    const visible = filter.isVisible(header, answer.records, at)
    if (header.lastOffset >= nextOffset) {
      if (visible && header.count > 0) {
        const since = batches.at(-1)?.nextOffset ?? answer.fetchOffset
        batches.push(fetchedBatch(answer, header, { at, since }))
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

  isVisible(header: BatchHeader, bytes: Buffer, at: number): boolean {
    for (let next = this.#coming[0]; next && next.firstOffset <= header.lastOffset; next = this.#coming[0]) {
      this.#open.add(next.producerId)
      this.#coming.shift()
    }
    if (!header.control) return !(header.transactional && this.#open.has(header.producerId))
    if (isAbortMarker(bytes, at + BATCH_HEADER_BYTES)) this.#open.delete(header.producerId)
    return false
  }
}

/** A control record's key is its version and its type, two bytes each: 0 aborts, 1 commits. All before are one-byte varints. */
function isAbortMarker(bytes: Buffer, recordStart: number): boolean {
  const keyStart = recordStart + 5
  return bytes.readInt16BE(keyStart + 2) === 0
}

function fetchedBatch(
  answer: PartitionAnswer,
  header: BatchHeader,
  { at, since }: { readonly at: number; readonly since: bigint },
): Mutable<FetchedBatch> {
  const place = `${answer.topic}/${answer.partition}@${header.baseOffset}`
  const start = at + BATCH_HEADER_BYTES
  const end = at + header.bytes
  const plain = header.compression === 0
  const bytes = plain
    ? answer.records
    : decompressed(header.compression, answer.records.subarray(start, end), place)
  const batch: Mutable<FetchedBatch> = {
    topic: answer.topic,
    partition: answer.partition,
    baseOffset: header.baseOffset,
    since,
    nextOffset: header.lastOffset + 1n,
    bytes,
    start: plain ? start : 0,
    end: plain ? end : bytes.length,
    count: header.count,
    timestampMs: header.timestampMs,
    highWatermark: answer.highWatermark,
  }
  if (header.baseOffset < answer.fetchOffset) skipRecordsBefore(batch, answer.fetchOffset)
  return batch
}

/** Kafka answers with whole batches; the records before the wanted offset were delivered already. */
function skipRecordsBefore(batch: Mutable<FetchedBatch>, offset: bigint): void {
  const cursor = new RecordCursor()
  cursor.open(batch)
  let skipped = 0
  let start = batch.start
  while (cursor.next() && cursor.offset < offset) {
    skipped++
    start = cursor.position
  }
  batch.start = start
  batch.count -= skipped
}

/** The broker does not look at a batch again after it has stored it. */
function refuseCorrupt(answer: PartitionAnswer, { magic, bytes, baseOffset }: BatchHeader, at: number): void {
  if (magic === 2 && isIntact(answer.records, at, bytes)) return
  const place = `${answer.topic}/${answer.partition}@${baseOffset}`
  const how = magic === 2 ? 'does not fit its checksum' : `has format ${magic}, not 2`
  throw new MigrationError('kafka.corrupt_batch', `The batch at ${place} ${how}`)
}
