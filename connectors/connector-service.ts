import { reasonOf } from '../core/error-report.ts'
import { MigrationError } from '../core/errors.ts'
import type { RateLimit } from '../core/rate-limit.ts'
import { withRetry } from '../core/retry.ts'
import type { Service } from '../core/service.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { Log, LogWriter } from '../kafka/log.ts'
import type { SchemaRegistry } from '../schemas/registry/schema-registry.ts'
import { StateReader } from '../schemas/stored-state.ts'
import { connectorTransactions, deadLetterTopic, stateTopic } from '../schemas/topic-names.ts'
import type { TopicDefaults } from './adopt-table.ts'
import { Generation } from './generation.ts'
import { preflight } from './preflight.ts'
import type { SourceConnector } from './source.ts'

export interface ConnectorOptions {
  readonly migration: string
  readonly database: string
  readonly source: SourceConnector
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly topics: TopicDefaults
  /** Key, value and headers of one record, bytes. A larger one is parked. */
  readonly maxRecordBytes: number
  /** Connections that read chunks at the same time. */
  readonly readers: number
  readonly chunkBytes: number
  /** How fast rows are copied. */
  readonly limit: RateLimit
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly telemetry: Telemetry
  /** Told why it has to wait: `kafka.unreachable: …`. */
  readonly explain?: (reason: string) => void
}

/**
 * Snapshot and stream of one source. Crash-only: whatever fails in a way that may pass, everything is thrown away and built
 * again from the stored state, exactly as after a restart.
 */
export class ConnectorService implements Service {
  readonly name = 'connector'
  readonly #options: ConnectorOptions
  #generation: Generation | null = null

  constructor(options: ConnectorOptions) {
    this.#options = options
  }

  /** True once the log is followed. */
  get ready(): boolean {
    return this.#generation?.streaming ?? false
  }

  /**
   * Opening the writer fences an older instance. It is opened once: after an outage it must not take back its place from
   * an instance that has replaced this one in the meantime.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { telemetry, explain } = this.#options
    const backoff = {
      firstMs: 200,
      maxMs: 10_000,
      onRetry: (error: unknown, attempt: number, waitMs: number) => {
        telemetry.count('switchback_retries_total', 1, { part: 'connector' })
        telemetry.log.warn({ err: error, attempt, waitMs }, 'connector starts again')
        explain?.(reasonOf(error))
      },
    }
    await withRetry(() => preflight(this.#options, signal), backoff, signal)
    if (signal.aborted) return
    const writer = await withRetry(() => this.#openWriter(), backoff, signal)
    try {
      await withRetry(() => this.#takeOver(signal), backoff, signal)
      await withRetry(() => this.#live(writer, signal), backoff, signal)
    } finally {
      await writer.close()
    }
  }

  /** Without a position of ours the slot may be followed by somebody who has nothing to do with this Kafka. */
  async #takeOver(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { log, migration, source, telemetry } = this.#options
    const { connector } = await new StateReader(log, stateTopic(migration)).refresh(signal)
    if (connector !== null && (await source.takeOver(connector.position, signal)))
      telemetry.log.info({}, 'session of the instance before ended')
  }

  async #live(writer: LogWriter, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const generation = new Generation(this.#options, writer)
    this.#generation = generation
    try {
      await generation.run(signal)
    } catch (error) {
      // One that cannot even say goodbye, because nobody reads what it has written, ends only when it is told again.
      if (isSlotInUse(error)) {
        // Unless it is that of an instance which has replaced this one: then this ends here.
        await writer.settle()
        await this.#takeOver(signal)
      }
      throw error
    }
  }

  async #openWriter(): Promise<LogWriter> {
    const { log, migration, topics } = this.#options
    const common = { partitions: 1, replication: topics.replication }
    const limit = topics.config['max.message.bytes']
    const config = limit === undefined ? {} : { 'max.message.bytes': limit }
    await log.ensureTopics([
      { ...common, topic: stateTopic(migration), compacted: true, config },
      {
        ...common,
        topic: deadLetterTopic(migration),
        compacted: false,
        config: { ...config, 'retention.ms': '-1' },
      },
    ])
    return log.writer(connectorTransactions(migration))
  }
}

function isSlotInUse(error: unknown): boolean {
  return error instanceof MigrationError && error.code === 'source.slot_in_use'
}
