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

/** A decision that waits for its turn; what it results in is called once it is durable. */
interface Waiting {
  readonly decide: Decide<() => void>
  readonly reject: (reason: unknown) => void
}

/** Schemas of wide tables are large, and a group is one record batch. */
const mostTogether = 32
const patience = { attempts: 20, firstWaitMs: 10, maxWaitMs: 2_000, pollMs: 5 } as const

/**
 * Writes to the registry's topic so that no two registries ever decide on the same state: whoever writes opens the one
 * transactional producer, which fences all others; reads to the end; decides; commits. If somebody else opened it in
 * between, the commit fails and the decisions are made anew. Decisions that wait at the same time share a transaction, each made on
 * what the ones before it will leave.
 */
export class SchemasTopicWriter {
  readonly #log: Log
  readonly #topic: string
  readonly #reader: SchemasTopic
  readonly #signal: AbortSignal
  #writer: LogWriter | null = null
  #waiting: Waiting[] = []
  #turns: Promise<void> | null = null

  constructor(log: Log, topic: string, reader: SchemasTopic, signal: AbortSignal) {
    this.#log = log
    this.#topic = topic
    this.#reader = reader
    this.#signal = signal
  }

  /** Decides on the newest state and makes the facts durable, all or none. In the order of the calls. */
  write<T>(decide: Decide<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const resolving = (state: RegistryState) => {
        const { facts, result } = decide(state)
        return { facts, result: () => resolve(result) }
      }
      this.#waiting.push({ decide: resolving, reject })
      this.#turns ??= this.#takeTurns()
    })
  }

  async close(): Promise<void> {
    await this.#turns
    await this.#dropWriter()
  }

  async #takeTurns(): Promise<void> {
    // Whoever asks in this moment shares the turn.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      await this.#answer(this.#waiting.splice(0, mostTogether))
    }
    this.#turns = null
  }

  async #answer(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#write(group)
    } catch (error) {
      // They may be too large only together, or because of a single one.
      if (group.length > 1 && isTooLarge(error)) for (const one of group) await this.#answer([one])
      else for (const { reject } of group) reject(error)
    }
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    // Most decisions change nothing (the schema is known): they must not fence a registry that is writing.
    await this.#reader.catchUp()
    if (settle(this.#decisions(group))) return
    for (let attempt = 1; attempt <= patience.attempts; attempt++) {
      if (await this.#attempt(group)) return
      const longest = Math.min(patience.maxWaitMs, patience.firstWaitMs * 2 ** attempt)
      await sleep(Math.random() * longest, this.#signal)
      this.#signal.throwIfAborted()
    }
    throw new MigrationError(
      'registry.contended',
      `Other registries keep writing to the topic ${this.#topic}`,
    )
  }

  /** False: somebody else may have written since our writer was opened. */
  async #attempt(group: readonly Waiting[]): Promise<boolean> {
    const reused = this.#writer !== null
    const writer = this.#writer ?? (await this.#openWriter())
    if (writer === null) return false
    await this.#reader.catchUp()
    const decisions = this.#decisions(group)
    if (settle(decisions)) return true
    try {
      await this.#commit(writer, decisions.flatMap(({ facts }) => facts).map(encodeFact))
    } catch (error) {
      await this.#dropWriter()
      // A writer that was kept may have been fenced, or forgotten by the broker, while it was idle.
      if (reused || isFenced(error)) return false
      throw error
    }
    for (const { result } of decisions) result()
    return true
  }

  /** One decision after the other; one that is refused has no facts, and its caller hears of it. */
  #decisions(group: readonly Waiting[]): readonly RegistryDecision<() => void>[] {
    const state = this.#reader.state.copy()
    return group.map(({ decide, reject }) => {
      try {
        const decision = decide(state)
        for (const fact of decision.facts) state.apply(fact)
        return decision
      } catch (error) {
        return { facts: [], result: () => reject(error) }
      }
    })
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

/** Answers decisions that change nothing; false, and nothing done, when one of them has facts to be written. */
function settle(decisions: readonly RegistryDecision<() => void>[]): boolean {
  if (decisions.some(({ facts }) => facts.length > 0)) return false
  for (const { result } of decisions) result()
  return true
}

function isTooLarge(error: unknown): boolean {
  return error instanceof MigrationError && error.code === 'kafka.record_too_large'
}

function isFenced(error: unknown): boolean {
  return error instanceof MigrationError && error.code === 'kafka.fenced'
}
