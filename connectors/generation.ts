import { runTogether, type Service } from '../core/service.ts'
import { untilAborted } from '../core/until-aborted.ts'
import type { LogWriter } from '../kafka/log.ts'
import type { StateChange } from '../schemas/state-records.ts'
import type { TableSchema } from '../schemas/table-schema.ts'
import { type StoredState, StateReader } from '../schemas/stored-state.ts'
import { stateTopic } from '../schemas/topic-names.ts'
import { CapturedTables } from './captured-tables.ts'
import type { ConnectorOptions } from './connector-service.ts'
import { EventWriter } from './event-writer.ts'
import { heartbeat } from './heartbeat.ts'
import { OversizeRecords } from './oversize.ts'
import { publicationWatch } from './publication-watch.ts'
import { PublishBatch } from './publish-batch.ts'
import { Publisher } from './publisher.ts'
import { refuseGaps, refuseOtherTables } from './refuse-gaps.ts'
import { resumePointOf } from './resume-point.ts'
import { RowlessTables } from './rowless-tables.ts'
import { SnapshotRun } from './snapshot-run.ts'
import { TransactionCursor } from './transaction-cursor.ts'
import { Wakeup } from '../core/wakeup.ts'

interface Closable {
  close(): Promise<void>
}

/** One life of the connector: from the stored state to a failure or the end. */
export class Generation {
  streaming = false
  readonly #options: ConnectorOptions
  readonly #writer: LogWriter
  readonly #opened: Closable[] = []

  constructor(options: ConnectorOptions, writer: LogWriter) {
    this.#options = options
    this.#writer = writer
  }

  async run(parent: AbortSignal): Promise<void> {
    const life = new AbortController()
    const signal = AbortSignal.any([parent, life.signal])
    try {
      const services = await this.#open(signal)
      this.streaming = true
      await runTogether([...services, endOf(life)], parent)
    } finally {
      this.streaming = false
      for (const part of this.#opened.toReversed()) await part.close()
    }
  }

  /** What an earlier life has published must be settled before the state is read: then it is final. */
  async #open(signal: AbortSignal): Promise<readonly Service[]> {
    await this.#writer.settle()
    const { log, migration } = this.#options
    const stored = await new StateReader(log, stateTopic(migration)).refresh(signal)
    return this.#start(stored, signal)
  }

  async #start(stored: StoredState, signal: AbortSignal): Promise<readonly Service[]> {
    const { source, telemetry, migration, maxRecordBytes } = this.#options
    const described = await source.describe(await source.tables(signal), signal)
    refuseOtherTables(described, stored)
    refuseGaps(described, await source.published(signal), stored)
    const prepared = await source.prepare(described, stored.connector?.position ?? null, signal)
    const tables = new CapturedTables(this.#options)
    const published = await source.published(signal)
    const initial = await tables.open({ described, published }, stored, signal)
    const position = stored.connector?.position ?? prepared.start
    const probe = this.#closing(await source.probe(signal))
    const cursor = new TransactionCursor(resumePointOf(position))
    const passed = () => cursor.passed
    const oversize = new OversizeRecords(migration, maxRecordBytes, telemetry)
    const wakeup = new Wakeup()
    const parts = { options: this.#options, tables, probe, oversize, wakeup, passed }
    const snapshot = new SnapshotRun(parts, stored, prepared.since)
    snapshot.feed.visible(await probe.visibility())
    const lookup = this.#closing(source.lookup(signal))
    const stream = this.#closing(await source.stream(position, tables.schemas, signal))
    const rowless = new RowlessTables(stored.connector?.rowless ?? [])
    const observed = { observer: snapshot.feed, oversize, lookup, rowless, head: () => probe.head() }
    const publisher = new Publisher({
      lineage: position.lineage,
      writer: this.#writer,
      ...parts,
      stream,
      cursor,
      initial,
      rowless,
      snapshot: snapshot.feed,
      events: new EventWriter(new PublishBatch(), tables.byId, cursor, observed),
      relation: schema => changeShape(tables, snapshot, schema),
    })
    const watches = [heartbeat({ probe, passed, telemetry }), publicationWatch(source, tables)]
    return [publisher, ...snapshot.services, ...watches]
  }

  #closing<T extends Closable>(part: T): T {
    this.#opened.push(part)
    return part
  }
}

/** What was opened for this life is cut when the first part fails: it may wait for a server that never answers. */
function endOf(life: AbortController): Service {
  return {
    name: 'end of life',
    async run(signal) {
      await untilAborted(signal)
      life.abort(signal.reason)
    },
  }
}

async function changeShape(
  tables: CapturedTables,
  snapshot: SnapshotRun,
  schema: TableSchema,
): Promise<StateChange> {
  const { table, state } = await tables.change(schema)
  snapshot.changed(table.id)
  return state
}
