import { reasonOf } from '../core/error-report.ts'
import { isRetriable, MigrationError } from '../core/errors.ts'
import type { RateLimit } from '../core/rate-limit.ts'
import { type Backoff, withRetry } from '../core/retry.ts'
import { runTogether, type Service } from '../core/service.ts'
import type { Telemetry } from '../core/telemetry.ts'
import { sleep } from '../core/time.ts'
import type { GroupConsumer, Log } from '../kafka/log.ts'
import type { ChangeDecoder } from '../schemas/decoder.ts'
import { requireSameTopics } from '../schemas/same-topics.ts'
import type { TableState } from '../schemas/state.ts'
import { StateReader } from '../schemas/stored-state.ts'
import { deadLetterTopic, stateTopic } from '../schemas/topic-names.ts'
import type { BatchLimits } from './batch-size.ts'
import { closeLate } from './close-late.ts'
import type { Sink } from './sink.ts'
import { runChores } from './sink-chores.ts'
import { showLag } from './sink-lag.ts'
import { SinkSession } from './sink-session.ts'
import { TableCatalog } from './table-catalog.ts'
import { topicWatch } from './topic-watch.ts'

const lookForTablesMs = 1_000

export interface SinkServiceOptions {
  readonly migration: string
  readonly sink: Sink
  readonly log: Log
  /** The decoder of a value schema, by its id in the registry. */
  readonly decoder: (schemaId: number) => Promise<ChangeDecoder>
  readonly telemetry: Telemetry
  /** Connections that write side by side. */
  readonly writers: number
  /** No transaction holds more than about this; how much less follows from the time that they take. */
  readonly limits: BatchLimits
  /** How fast the target is written. */
  readonly limit: RateLimit
  /** How long a broken unique constraint may be the fault of an event that is still to come. Default 2 seconds. */
  readonly conflictPatienceMs?: number
  readonly nowMs: () => number
  /** Told why it has to wait: `postgres.unreachable: …`. */
  readonly explain?: (reason: string) => void
}

/** The consumer group of a target. */
export const sinkGroup = (migration: string, target: string): string => `${migration}.${target}`

export interface SinkService extends Service {
  /** True while it is a member of the group that holds its partitions, be they none, and waits for no server. */
  readonly ready: boolean
}

/** Keeps one target current from the topics of a migration. Several instances share the partitions. */
export function sinkService(options: SinkServiceOptions): SinkService {
  let runner: SinkRunner | null = null
  return {
    name: `sink ${options.sink.name}`,
    get ready() {
      return runner?.ready ?? false
    },
    run: async signal => {
      try {
        const started = new SinkRunner(options)
        runner = started
        // A target that does not answer any more must not keep this from stopping.
        await closeLate(
          signal,
          () => options.sink.close(),
          () => started.run(signal),
        )
      } catch (error) {
        // A server that is gone as well does not turn a stop into a failure.
        if (!isEndOf(signal, error)) throw error
      }
    },
  }
}

class SinkRunner {
  readonly #options: SinkServiceOptions
  readonly #catalog: TableCatalog
  readonly #backoff: Backoff
  #waiting = 0
  #session: SinkSession | null = null
  #stateIsThere = false

  constructor(options: SinkServiceOptions) {
    const { log, sink, decoder, migration } = options
    this.#options = options
    const state = new StateReader(log, stateTopic(migration))
    this.#catalog = new TableCatalog({ state, sink, decoder })
    const onWaiting = (isWaiting: boolean) => void (this.#waiting += isWaiting ? 1 : -1)
    this.#backoff = { ...backoffOf(options), onWaiting }
  }

  get ready(): boolean {
    return this.#waiting === 0 && this.#session !== null && this.#session.assignment !== null
  }

  async run(signal: AbortSignal): Promise<void> {
    let tables: readonly TableState[] = []
    try {
      while (!signal.aborted) {
        tables = await this.#moreTables(tables, signal)
        if (!signal.aborted) await this.#runWith(tables, signal)
      }
    } finally {
      this.#session = null
    }
  }

  /** Waits until there are tables beside the known ones; gives all of them. */
  async #moreTables(known: readonly TableState[], signal: AbortSignal): Promise<readonly TableState[]> {
    for (;;) {
      const tables = await withRetry(() => this.#tables(signal), this.#backoff, signal)
      const topics = new Set(known.map(table => table.topic))
      if (tables.some(table => !topics.has(table.topic)) || signal.aborted) return tables
      await sleep(lookForTablesMs, signal)
    }
  }

  /** Applies events of these tables, until the signal aborts or there are more tables. */
  async #runWith(tables: readonly TableState[], signal: AbortSignal): Promise<void> {
    const { sink, log, migration, limits } = this.#options
    await withRetry(() => requireSameTopics(log, tables, signal), this.#backoff, signal)
    await withRetry(() => sink.ensureTables(tables), this.#backoff, signal)
    await withRetry(() => this.#dismissDead(), this.#backoff, signal)
    const topics = tables.map(table => table.topic)
    const consumer = log.consumer({
      groupId: sinkGroup(migration, sink.name),
      topics,
      maxBytes: limits.bytes,
    })
    const ending = new Ending(signal)
    const session = new SinkSession(
      { ...this.#assignmentParts(), tables, consumer, nowMs: this.#options.nowMs },
      ending.fail,
      ending.signal,
    )
    this.#session = session
    try {
      await runTogether(
        [
          ...this.#onTarget(consumer, session),
          topicWatch(log, running => this.#tables(running)),
          {
            name: 'tables',
            run: async running => {
              await this.#moreTables(tables, running)
              ending.end()
            },
          },
        ],
        ending.signal,
      )
    } catch (error) {
      if (!isEndOf(ending.signal, error)) throw error
    }
    ending.throwFailure()
  }

  /** An instance that was killed is a member until its session expires, and the group would wait for it. */
  async #dismissDead(): Promise<void> {
    const { sink, log, migration, telemetry } = this.#options
    if (!(await sink.isAlone())) return
    const members = await log.dismissMembers(sinkGroup(migration, sink.name))
    if (members > 0) telemetry.log.info({ target: sink.name, members }, 'dead members dismissed')
  }

  /** What uses the target. It may not answer any more: that must not keep the others from ending. */
  #onTarget(consumer: GroupConsumer, session: SinkSession): readonly Service[] {
    const services = [
      { name: 'consumer', run: (running: AbortSignal) => consumer.run(session, running) },
      ...this.#besides(consumer, session),
    ]
    const close = () => this.#options.sink.close()
    return services.map(service => ({
      name: service.name,
      run: running => closeLate(running, close, () => service.run(running)),
    }))
  }

  #besides(consumer: GroupConsumer, session: SinkSession): readonly Service[] {
    const { sink, log, migration, telemetry, nowMs } = this.#options
    const assignment = () => session.assignment
    const chores = { sink, log, consumer, telemetry, assignment, deadLetterTopic: deadLetterTopic(migration) }
    const lag = { target: sink.name, log, telemetry, assignment, nowMs }
    return [
      { name: 'chores', run: running => runChores(chores, running) },
      { name: 'lag', run: running => showLag(lag, running) },
    ]
  }

  #assignmentParts() {
    const { sink, telemetry, writers, limits, limit, conflictPatienceMs = 2_000 } = this.#options
    const catalog = this.#catalog
    return { sink, telemetry, writers, limits, limit, conflictPatienceMs, catalog, backoff: this.#backoff }
  }

  /** The connector makes the state topic; until then there are no tables, and none once it was deleted. */
  async #tables(signal: AbortSignal): Promise<readonly TableState[]> {
    const { log, migration } = this.#options
    const topic = stateTopic(migration)
    // Asked until it is there: the answer names all topics of the cluster.
    this.#stateIsThere ||= (await log.topics(topic)).includes(topic)
    if (!this.#stateIsThere) return []
    try {
      return await this.#catalog.tables(signal)
    } catch (error) {
      if (!isTopicMissing(error)) throw error
      this.#stateIsThere = false
      return []
    }
  }
}

/** What is broken off by a stop, or finds a server gone during it, is no failure. */
function isEndOf(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || isRetriable(error))
}

function isTopicMissing(error: unknown): boolean {
  return error instanceof MigrationError && error.code === 'kafka.topic_missing'
}

/** The end of one membership, wanted or not. */
class Ending {
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  #failure: { readonly error: unknown } | null = null

  constructor(parent: AbortSignal) {
    this.signal = AbortSignal.any([parent, this.#controller.signal])
  }

  readonly fail = (error: unknown): void => {
    this.#failure ??= { error }
    this.end()
  }

  end(): void {
    this.#controller.abort()
  }

  throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}

function backoffOf({ telemetry, sink, explain }: SinkServiceOptions): Backoff {
  return {
    firstMs: 100,
    maxMs: 10_000,
    onRetry: (error, attempt, waitMs) => {
      const code = error instanceof MigrationError ? error.code : 'unexpected'
      telemetry.count('switchback_retries_total', 1, { part: `sink ${sink.name}` })
      telemetry.log.warn(
        { target: sink.name, code, error, attempt, waitMs },
        'target or log not available, trying again',
      )
      explain?.(reasonOf(error))
    },
  }
}
