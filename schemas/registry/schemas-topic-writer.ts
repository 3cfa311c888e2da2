import { isDeepStrictEqual } from 'node:util'
import { MigrationError } from '../../core/errors.ts'
import { sleep } from '../../core/time.ts'
import type { Log, LogWriter } from '../../kafka/log.ts'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import type { RegistryState } from './registry-state.ts'
import type { SchemasTopic } from './schemas-topic.ts'
import { encodeFact, type TopicFact, type TopicRecord } from './topic-records.ts'

/** What is to be written, decided on one state, and what the caller gets once it is durable. */
export interface RegistryDecision<T> {
  readonly facts: readonly Exclude<TopicFact, { kind: 'nothing' }>[]
  readonly result: T
}

export type Decide<T> = (state: RegistryState) => RegistryDecision<T>

const patience = { attempts: 20, firstWaitMs: 10, maxWaitMs: 2_000, pollMs: 5 } as const

/**
 * Writes to the registry's topic so that no two registries ever decide on the same state: whoever writes opens the one
 * transactional producer, which fences all others; reads to the end; decides; commits. If somebody else opened it in
 * between, the commit fails and the decision is made anew.
 */
export class SchemasTopicWriter {
  readonly #log: Log
  readonly #topic: string
  readonly #reader: SchemasTopic
  readonly #signal: AbortSignal
  #writer: LogWriter | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(log: Log, topic: string, reader: SchemasTopic, signal: AbortSignal) {
    this.#log = log
    this.#topic = topic
    this.#reader = reader
    this.#signal = signal
  }

  /** Decides on the newest state and makes the facts durable, all or none. One decision at a time. */
  write<T>(decide: Decide<T>): Promise<T> {
    const turn = this.#turn.catch(() => undefined).then(() => this.#write(decide))
    this.#turn = turn
    return turn
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => undefined)
    await this.#dropWriter()
  }

  async #write<T>(decide: Decide<T>): Promise<T> {
    // Most decisions change nothing (the schema is known): they must not fence a registry that is writing.
    await this.#reader.catchUp()
    const early = decide(this.#reader.state)
    if (early.facts.length === 0) return early.result
    for (let attempt = 1; attempt <= patience.attempts; attempt++) {
      const decision = await this.#attempt(decide)
      if (decision !== null) return decision.result
      const longest = Math.min(patience.maxWaitMs, patience.firstWaitMs * 2 ** attempt)
      await sleep(Math.random() * longest, this.#signal)
      this.#signal.throwIfAborted()
    }
    throw new MigrationError(
      'registry.contended',
      `Other registries keep writing to the topic ${this.#topic}`,
    )
  }

  /** Null: somebody else may have written since our writer was opened. */
  async #attempt<T>(decide: Decide<T>): Promise<RegistryDecision<T> | null> {
    const reused = this.#writer !== null
    const writer = this.#writer ?? (await this.#openWriter())
    if (writer === null) return null
    await this.#reader.catchUp()
    const decision = decide(this.#reader.state)
    if (decision.facts.length === 0) return decision
    try {
      await this.#commit(writer, decision.facts.map(encodeFact))
      return decision
    } catch (error) {
      await this.#dropWriter()
      // A writer that was kept may have been fenced, or forgotten by the broker, while it was idle.
      if (reused || isFenced(error)) return null
      throw error
    }
  }

  async #openWriter(): Promise<LogWriter | null> {
    try {
      this.#writer = await this.#log.writer(`${this.#topic}.writer`)
      return this.#writer
    } catch (error) {
      if (isFenced(error)) return null
      throw error
    }
  }

  async #commit(writer: LogWriter, records: readonly TopicRecord[]): Promise<void> {
    await this.#reader.watching(async seen => {
      await writer.transaction(tx => tx.publish([this.#encoded(records)]))
      // A commit is acknowledged before readers can see it.
      while (!records.every(record => seen.some(other => isDeepStrictEqual(other, record)))) {
        await sleep(patience.pollMs, this.#signal)
        await this.#reader.catchUp()
      }
    })
  }

  #encoded(records: readonly TopicRecord[]) {
    const batch = new RecordBatchWriter()
    for (const { key, value } of records) {
      batch.append(recordSpan(Buffer.from(key), value === null ? null : Buffer.from(value)), null)
    }
    return batch.encoded(this.#topic, 0)
  }

  async #dropWriter(): Promise<void> {
    const writer = this.#writer
    this.#writer = null
    await writer?.close().catch(() => undefined)
  }
}

function isFenced(error: unknown): boolean {
  return error instanceof MigrationError && error.code === 'kafka.fenced'
}
