import type { Position } from '../core/position.ts'
import type { Service } from '../core/service.ts'
import type { Telemetry } from '../core/telemetry.ts'
import { sleep } from '../core/time.ts'
import type { LogWriter } from '../kafka/log.ts'
import type { ConnectorState } from '../schemas/state.ts'
import type { StateChange } from '../schemas/state-records.ts'
import { stateBatches } from '../schemas/state-records.ts'
import type { TableSchema } from '../schemas/table-schema.ts'
import { stateTopic } from '../schemas/topic-names.ts'
import type { EventWriter } from './event-writer.ts'
import type { OversizeRecords } from './oversize.ts'
import { PublishBatch } from './publish-batch.ts'
import { publishRounds } from './publish-rounds.ts'
import { positionAt } from './resume-point.ts'
import type { RowlessTables } from './rowless-tables.ts'
import type { SnapshotFeed } from './snapshot-feed.ts'
import type { ChangeStream, LogMessage } from './source.ts'
import type { TransactionCursor } from './transaction-cursor.ts'
import type { Wakeup } from '../core/wakeup.ts'

/**
 * Transactions of few changes begin so far apart at least: each costs the brokers and every target the same, whatever it holds.
 * The first change after a lull does not wait.
 */
const paceMs = 8
const smallBytes = 64 << 10

/** Without events the position is stored this often at most. */
const quietMs = 1_000

export interface PublisherParts {
  readonly options: { readonly migration: string; readonly now: () => number; readonly telemetry: Telemetry }
  readonly lineage: string
  readonly stream: ChangeStream
  readonly writer: LogWriter
  readonly cursor: TransactionCursor
  readonly events: EventWriter
  readonly snapshot: SnapshotFeed
  readonly oversize: OversizeRecords
  readonly rowless: RowlessTables
  /** Adopts the new shape of a table; the record that it returns is stored with the next events. */
  readonly relation: (schema: TableSchema) => Promise<StateChange>
  /** Woken by everything that may let the loop go on. */
  readonly wakeup: Wakeup
  /** State that the first transaction stores. */
  readonly initial: readonly StateChange[]
}

/**
 * The only place where the order of a source's events is decided. One Kafka transaction holds events, the rows of the
 * chunks that may follow them, and the state that says so; only then is the source told. While a transaction is on its
 * way the next batch fills.
 */
export class Publisher implements Service {
  readonly name = 'publisher'
  readonly #parts: PublisherParts
  #filling = new PublishBatch()
  #spare = new PublishBatch()
  #inFlight: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null
  #isAwaiting = false
  #stored = ''
  #storedAtMs = 0

  constructor(parts: PublisherParts) {
    this.#parts = parts
    this.#filling.state.push(...parts.initial)
    parts.events.batch = this.#filling
  }

  /** Runs until the signal aborts; what was read but not published then is read again after the next start. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        await this.#fill()
        // While filling waited for something, the transaction before may have failed: what comes behind it must not get past it.
        this.#throwFailure()
        if (this.#inFlight === null && this.#isDue()) this.#begin(signal)
        if (!this.#filling.full && !this.#parts.snapshot.holdsTooMuch) void this.#awaitMore()
        await this.#parts.wakeup.sleep(quietMs, signal)
        this.#throwFailure()
      }
    } finally {
      await this.#inFlight
    }
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }

  async #fill(): Promise<void> {
    this.#parts.events.seenAtUs = BigInt(this.#parts.options.now()) * 1000n
    while (!this.#filling.full && !this.#parts.snapshot.holdsTooMuch) {
      const message = this.#parts.stream.next()
      if (message === null) return
      if (message.kind === 'relation') this.#filling.state.push(await this.#parts.relation(message.schema))
      else {
        const work = this.#take(message)
        if (work !== null) await work
      }
    }
  }

  /** Null: done, as nearly always. */
  #take(message: Exclude<LogMessage, { kind: 'relation' }>): Promise<void> | null {
    const { cursor, events, snapshot } = this.#parts
    switch (message.kind) {
      case 'begin':
        cursor.begin(message)
        snapshot.begin(message.transactionId)
        return null
      case 'row':
        return events.row(message)
      case 'truncate':
        events.truncate(message)
        return null
      case 'commit':
        cursor.commit(message)
        return null
    }
  }

  #isDue(): boolean {
    const { cursor, snapshot } = this.#parts
    if (this.#filling.events > 0 || this.#filling.state.length > 0) return true
    if (snapshot.hasReady(cursor.passed)) return true
    return performance.now() - this.#storedAtMs >= quietMs && this.#position().token !== this.#stored
  }

  #begin(signal: AbortSignal): void {
    const batch = this.#filling
    this.#filling = this.#spare
    this.#parts.events.batch = this.#filling
    this.#inFlight = this.#paced(batch, signal)
      .catch((error: unknown) => {
        this.#failure = { error }
      })
      .finally(() => {
        this.#spare = batch
        this.#inFlight = null
        this.#parts.wakeup.wake()
      })
  }

  async #paced(batch: PublishBatch, signal: AbortSignal): Promise<void> {
    const endMs = performance.now() + paceMs
    const held = await this.#publish(batch)
    const leftMs = endMs - performance.now()
    if (held === 'little' && leftMs >= 1) await sleep(leftMs, signal)
  }

  /** The order of durable effects: one Kafka transaction, then the snapshot's ledger in memory, then the source. */
  async #publish(batch: PublishBatch): Promise<'little' | 'much'> {
    const { cursor, writer, snapshot, oversize, stream, options } = this.#parts
    const position = this.#position()
    const ready = snapshot.take(cursor.passed)
    oversize.drain(batch)
    const state = stateBatches(stateTopic(options.migration), [
      ...batch.state,
      ...ready.state,
      this.#state(position),
    ])
    const startedMs = performance.now()
    const rounds = publishRounds([...batch.batches(), ...ready.records, ...state])
    await writer.transaction(async tx => {
      for (const round of rounds) await tx.publish(round)
    })
    snapshot.committed(ready)
    stream.acknowledge(position)
    this.#stored = position.token
    this.#storedAtMs = performance.now()
    this.#report(batch, (this.#storedAtMs - startedMs) / 1000)
    const held = batch.bytes < smallBytes && ready.records.length === 0 ? 'little' : 'much'
    batch.reset()
    return held
  }

  #state(position: Position): ConnectorState {
    const { cursor, rowless, snapshot } = this.#parts
    const left = rowless.after(cursor.passed)
    return {
      kind: 'connector',
      format: 1,
      position,
      invisible: snapshot.invisible(),
      ...(left.length === 0 ? {} : { rowless: left }),
    }
  }

  /** Its failure is kept for the loop, which may be asleep or waiting for something else just now. */
  async #awaitMore(): Promise<void> {
    if (this.#isAwaiting) return
    this.#isAwaiting = true
    try {
      await this.#parts.stream.more(quietMs)
      this.#isAwaiting = false
    } catch (error) {
      this.#failure = { error }
    }
    this.#parts.wakeup.wake()
  }

  #position() {
    return positionAt(this.#parts.lineage, this.#parts.cursor.resumePoint)
  }

  #report(batch: PublishBatch, seconds: number): void {
    const { telemetry } = this.#parts.options
    telemetry.count('switchback_events_total', batch.events)
    telemetry.count('switchback_published_bytes_total', batch.bytes)
    telemetry.observe('switchback_publish_seconds', seconds)
  }
}
