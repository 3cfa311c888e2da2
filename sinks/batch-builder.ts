import { MigrationError } from '../core/errors.ts'
import type { FetchedBatch } from '../kafka/log.ts'
import { RecordCursor } from '../kafka/record-cursor.ts'
import { writeEntries } from './entry-writer.ts'
import type { EventOrder } from './event-order.ts'
import { parkedKeyText } from './parked.ts'
import { advanceOrder, type PartitionState } from './partition-state.ts'
import { type RawEvent, rawEventAt } from './raw-event.ts'
import type { PartitionAdvance, SinkBatch } from './sink-batch.ts'
import type { TableBatch } from './table-batch.ts'
import { TableBatches } from './table-batches.ts'
import type { TableReader, TableReaders } from './table-reader.ts'

/** Why the builder stopped inside a fetched batch. Everything before is in the batch. */
export type Obstacle =
  | { readonly kind: 'unknown-schema'; readonly schemaId: number }
  | {
      readonly kind: 'truncate'
      readonly schemaId: number
      readonly offset: bigint
      readonly order: EventOrder
    }

/** Collects fetched records into the batch that the target gets next. */
export class BatchBuilder {
  bytes = 0
  events = 0
  /** Events that were not above their partition's order. */
  skipped = 0
  /** Commit time of the oldest change collected, milliseconds since 1970. */
  oldestMs = Number.POSITIVE_INFINITY
  readonly #readers: TableReaders
  readonly #cursor = new RecordCursor()
  /** Of the record before, within one call of `add`: most records follow one of their own kind. */
  #reader: TableReader | null = null
  #table: TableBatch | null = null
  #source = 0
  #advances = new Map<PartitionState, bigint>()
  #tables = new TableBatches()
  /** Events collected of keys that are parked. */
  held: RawEvent[] = []
  #broken = false

  constructor(readers: TableReaders) {
    this.#readers = readers
  }

  get isEmpty(): boolean {
    return this.#broken || this.#advances.size === 0
  }

  /**
   * Takes the records from `partition.next` on. After an obstacle has been dealt with, it is called with the same batch
   * again. When it throws, nothing that was collected is handed out any more.
   */
  add(partition: PartitionState, fetched: FetchedBatch): Obstacle | null {
    if (fetched.since > partition.next) throw gap(partition, fetched)
    if (!this.#advances.has(partition)) this.#advances.set(partition, partition.next)
    const cursor = this.#cursor
    const from = Number(partition.next - fetched.baseOffset)
    this.#reader = null
    cursor.open(fetched)
    while (cursor.next()) {
      if (cursor.offsetDelta < from) continue
      const obstacle = this.#take(partition, fetched)
      if (obstacle === null) continue
      this.#moveTo(partition, cursor.offset)
      return obstacle
    }
    this.#moveTo(partition, fetched.nextOffset)
    if (this.#advances.has(partition)) this.bytes += fetched.end - fetched.start
    return null
  }

  /** Moves the partition on, past offsets without events. */
  pass(partition: PartitionState, end: bigint): void {
    if (!this.#advances.has(partition)) this.#advances.set(partition, partition.next)
    partition.next = end
  }

  /** What was collected, as one batch; the builder begins anew. */
  take(): SinkBatch {
    const batch: SinkBatch = {
      advances: [...this.#advances].map(advanceOf),
      tables: this.#tables.inOrder,
      held: this.held,
      events: this.events,
      bytes: this.bytes,
      oldestMs: this.oldestMs,
    }
    this.bytes = 0
    this.events = 0
    this.oldestMs = Number.POSITIVE_INFINITY
    this.#advances = new Map()
    this.#tables = new TableBatches(this.#tables.inOrder)
    this.#table = null
    this.held = []
    return batch
  }

  /**
   * One that has not moved is no part of the batch: while it stands at a truncate, another one may take it past that, and then it is not
   * any more where the batch would expect it.
   */
  #moveTo(partition: PartitionState, next: bigint): void {
    partition.next = next
    if (this.#advances.get(partition) === next) this.#advances.delete(partition)
  }

  #take(partition: PartitionState, fetched: FetchedBatch): Obstacle | null {
    try {
      return this.#record(partition, fetched)
    } catch (error) {
      // The offending event may be in the batch in part.
      this.#broken = true
      throw placed(error, `${fetched.topic}/${fetched.partition}@${this.#cursor.offset}`)
    }
  }

  #record(partition: PartitionState, fetched: FetchedBatch): Obstacle | null {
    const { bytes, valueStart, valueEnd } = this.#cursor
    // A tombstone, for the log's compaction.
    if (valueStart < 0) return null
    const schemaId = schemaIdAt(bytes, valueStart, valueEnd)
    const reader = this.#readerOf(partition, schemaId)
    if (reader === null) return { kind: 'unknown-schema', schemaId }
    const { view } = reader
    reader.version.decoder.read(bytes, valueStart + 5, valueEnd, view)
    if (view.op === 't') return this.#truncate(reader)
    if (view.previousCommit >= 0n && !this.#isNext(partition, reader)) {
      this.skipped++
      return null
    }
    this.#event(partition, fetched, reader)
    return null
  }

  #readerOf(partition: PartitionState, schemaId: number): TableReader | null {
    if (this.#reader?.version.schemaId === schemaId) return this.#reader
    this.#table = null
    this.#reader = this.#readers.get(partition.topic, schemaId) ?? null
    return this.#reader
  }

  /**
   * Rows without a key are a bag: the connector holds events back while it copies such a table, and inserts overtake
   * updates. Only the offset says what is applied.
   */
  #isNext(partition: PartitionState, { view, version }: TableReader): boolean {
    const isHigher = advanceOrder(partition, view.previousCommit, BigInt(view.totalOrder))
    return isHigher || !version.keyed
  }

  #event(partition: PartitionState, fetched: FetchedBatch, reader: TableReader): void {
    const { view, version } = reader
    if (view.committedAtMs < this.oldestMs) this.oldestMs = view.committedAtMs
    this.events++
    if (partition.parked.size > 0 && this.#isParked(partition)) {
      this.held.push(rawEventAt(fetched, this.#cursor))
      return
    }
    if (this.#table === null) {
      this.#table = this.#tables.batchFor(partition, version)
      this.#source = this.#table.source(fetched)
    }
    writeEntries(this.#table, this.#source, this.#cursor, view)
  }

  #isParked(partition: PartitionState): boolean {
    const { bytes, keyStart, keyEnd } = this.#cursor
    return keyStart >= 0 && partition.parked.has(parkedKeyText(bytes.subarray(keyStart, keyEnd), 0n))
  }

  #truncate(reader: TableReader): Obstacle {
    const { previousCommit, totalOrder } = reader.view
    const order = { commit: previousCommit, index: BigInt(totalOrder) }
    const { schemaId } = reader.version
    return { kind: 'truncate', schemaId, offset: this.#cursor.offset, order }
  }
}

function advanceOf([partition, from]: readonly [PartitionState, bigint]): PartitionAdvance {
  const { topic, partition: number, next, order } = partition
  return { topic, partition: number, from, to: next, order }
}

function gap({ topic, partition, next }: PartitionState, { since }: FetchedBatch): MigrationError {
  return new MigrationError(
    'sink.gap',
    `${topic}/${partition}: events from ${next} to ${since} were not delivered`,
    { details: { topic, partition, next, since } },
  )
}

/** Confluent's frame: a zero byte, then the id. */
function schemaIdAt(bytes: Buffer, start: number, end: number): number {
  if (end - start < 5 || bytes[start] !== 0)
    throw new MigrationError('event.undecodable', 'the value is not framed as a schema registry has it')
  return bytes.readInt32BE(start + 1)
}

function placed(error: unknown, place: string): unknown {
  if (!(error instanceof MigrationError)) return error
  const { code, message, details } = error
  return new MigrationError(code, `${place}: ${message}`, { cause: error, details: { ...details, place } })
}
