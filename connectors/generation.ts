import { MigrationError } from '../core/errors.ts'
import type { Position } from '../core/position.ts'
import { runTogether, type Service } from '../core/service.ts'
import type { TableRef } from '../core/table-ref.ts'
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
import { requireRecords } from './require-records.ts'
import { refuseIncomplete } from './refuse-incomplete.ts'
import { isIdentifiedAsBefore, refuseGaps, refuseLost, refuseOtherTables } from './refuse-gaps.ts'
import { resumePointOf } from './resume-point.ts'
import { RowlessTables } from './rowless-tables.ts'
import { type SnapshotParts, SnapshotRun } from './snapshot-run.ts'
import { TransactionCursor } from './transaction-cursor.ts'
import { Wakeup } from '../core/wakeup.ts'

interface Closable {
  close(): Promise<void>
}

/** Where a life begins in the source's log, and with which tables. */
interface Joined {
  readonly stored: StoredState
  readonly tables: CapturedTables
  /** What the first transaction stores. */
  readonly initial: readonly StateChange[]
  readonly position: Position
  /** Snapshots of tables that joined now must see all transactions below it. */
  readonly since: bigint
}

interface Copy {
  readonly parts: SnapshotParts
  readonly cursor: TransactionCursor
  readonly snapshot: SnapshotRun
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

  /** The order of a start. What an earlier life has published must be settled before the state is read: then it is final. */
  async #open(signal: AbortSignal): Promise<readonly Service[]> {
    await this.#writer.settle()
    const { log, migration, source, telemetry } = this.#options
    const stored = await new StateReader(log, stateTopic(migration)).refresh(signal)
    refuseIncomplete(stored)
    const joined = await this.#join(stored, signal)
    const copy = await this.#openCopy(joined, signal)
    const publisher = await this.#openPublisher(joined, copy, signal)
    const { probe, passed, tables } = copy.parts
    const watches = [heartbeat({ probe, passed, telemetry }), publicationWatch(source, probe, tables)]
    return [publisher, ...copy.snapshot.services, ...watches]
  }

  /** Makes sure that the source still tells everything since the stored position, and adopts its tables. */
  async #join(stored: StoredState, signal: AbortSignal): Promise<Joined> {
    const { source } = this.#options
    const describe = async () => source.describe(await source.tables(signal), signal)
    const described = await this.#whileTheyGo(describe, stored, signal)
    this.#refuseLost(
      described.map(({ table }) => table),
      stored,
    )
    refuseOtherTables(described, stored)
    refuseGaps(described, await source.published(signal), stored)
    const known = stored.connector?.position ?? null
    const prepare = () => source.prepare(described, known, signal)
    const { start, since } = await this.#whileTheyGo(prepare, stored, signal)
    const tables = new CapturedTables(this.#options)
    const published = await source.published(signal)
    // To prove the log may take minutes. A table that was taken out of the publication meanwhile was put back into it by ourselves.
    refuseGaps(
      described.filter(schema => isIdentifiedAsBefore(schema, stored)),
      published,
      stored,
    )
    const rowsOf = (joining: readonly TableRef[]) => source.estimatedRows(joining, signal)
    const initial = await tables.open({ described, published, rowsOf }, stored, signal)
    await requireRecords(this.#options.log, tables.byId.values(), stored)
    return { stored, tables, initial, position: known ?? start, since }
  }

  /** Tables that match the patterns may come and go: one that is not known yet may be gone before it has joined, and halts nobody. */
  async #whileTheyGo<T>(work: () => Promise<T>, stored: StoredState, signal: AbortSignal): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      if (!(cause instanceof MigrationError) || cause.code !== 'source.table_missing') throw cause
      this.#refuseLost(await this.#options.source.tables(signal), stored)
      throw new MigrationError('source.table_vanished', cause.message, { cause })
    }
  }

  #refuseLost(found: readonly TableRef[], stored: StoredState): void {
    refuseLost(found, stored, table => this.#options.source.wants(table))
  }

  async #openCopy({ stored, tables, position, since }: Joined, signal: AbortSignal): Promise<Copy> {
    const { source, telemetry, migration, maxRecordBytes } = this.#options
    const probe = this.#closing(await source.probe(signal))
    const cursor = new TransactionCursor(resumePointOf(position))
    const parts = {
      options: this.#options,
      tables,
      probe,
      oversize: new OversizeRecords(migration, maxRecordBytes, telemetry),
      wakeup: new Wakeup(),
      passed: () => cursor.passed,
    }
    const snapshot = new SnapshotRun(parts, stored, since)
    snapshot.feed.visible(await probe.visibility())
    return { parts, cursor, snapshot }
  }

  async #openPublisher(joined: Joined, copy: Copy, signal: AbortSignal): Promise<Publisher> {
    const { stored, tables, initial, position } = joined
    const { parts, cursor, snapshot } = copy
    const { probe, oversize } = parts
    const { source } = this.#options
    const lookup = this.#closing(source.lookup(signal))
    const stream = this.#closing(await source.stream(position, tables.schemas, signal))
    const rowless = new RowlessTables(stored.connector?.rowless ?? [])
    const observed = { observer: snapshot.feed, oversize, lookup, rowless, head: () => probe.head() }
    return new Publisher({
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
