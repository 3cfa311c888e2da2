import type { FetchedBatch, Log } from '../../kafka/log.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'
import { RegistryState } from './registry-state.ts'
import { decodeFact, type TopicRecord } from './topic-records.ts'

/** Confluent's name for the topic. */
export const schemasTopicName = '_schemas'

/** Follows the registry's topic. Only reads; any number of processes may. */
export class SchemasTopic {
  readonly state = new RegistryState()
  readonly #log: Log
  readonly #topic: string
  readonly #signal: AbortSignal
  #offset: bigint | null = null
  readonly #watches = new Set<TopicRecord[]>()
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null

  /** The signal ends reading for good. */
  constructor(log: Log, topic: string, signal: AbortSignal) {
    this.#log = log
    this.#topic = topic
    this.#signal = signal
  }

  /** Brings `state` up to all that was committed when this was called. Calls at the same time share a read. */
  catchUp(): Promise<void> {
    if (this.#next !== null) return this.#next
    const next = this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = null
        this.#running = next
        return this.#read()
      })
    this.#next = next
    return next
  }

  /** Asks for something that never changes once it is there: catches up only when it is not. */
  async settled<T>(query: (state: RegistryState) => T | null): Promise<T | null> {
    const known = query(this.state)
    if (known !== null) return known
    await this.catchUp()
    return query(this.state)
  }

  /** Runs `work` with a list that takes up every record read meanwhile, whoever asked for the read. */
  async watching<T>(work: (seen: readonly TopicRecord[]) => Promise<T>): Promise<T> {
    const seen: TopicRecord[] = []
    this.#watches.add(seen)
    try {
      return await work(seen)
    } finally {
      this.#watches.delete(seen)
    }
  }

  async #read(): Promise<void> {
    const from = this.#offset ?? (await this.#begin())
    const records: TopicRecord[] = []
    const deliver = (batch: FetchedBatch) => collect(batch, records)
    const end = await this.#log.readToEnd(
      { topic: this.#topic, partition: 0, offset: from },
      deliver,
      this.#signal,
    )
    this.#signal.throwIfAborted()
    for (const record of records) this.state.apply(decodeFact(record))
    this.#offset = end
    for (const watch of this.#watches) watch.push(...records)
  }

  async #begin(): Promise<bigint> {
    const [range] = await this.#log.ranges([this.#topic])
    return range?.start ?? 0n
  }
}

function collect(batch: FetchedBatch, into: TopicRecord[]): void {
  const cursor = new RecordCursor()
  cursor.open(batch)
  while (cursor.next()) {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
    if (keyStart < 0) continue
    into.push({
      key: bytes.toString('utf8', keyStart, keyEnd),
      value: valueStart < 0 ? null : bytes.toString('utf8', valueStart, valueEnd),
    })
  }
}
