import { MigrationError } from '../core/errors.ts'
import type { Service } from '../core/service.ts'
import { sleep } from '../core/time.ts'
import type { StoredState } from '../schemas/stored-state.ts'
import type { CapturedTables } from './captured-tables.ts'
import type { ConnectorOptions } from './connector-service.ts'
import type { OversizeRecords } from './oversize.ts'
import { waitingSnapshot } from './snapshot/ledger.ts'
import { runTask } from './snapshot/run-task.ts'
import { SnapshotScheduler } from './snapshot/snapshot-scheduler.ts'
import { SnapshotFeed } from './snapshot-feed.ts'
import { snapshotComposer, snapshotTable } from './snapshot-records.ts'
import type { ChunkReader, Probe } from './source.ts'
import type { Wakeup } from '../core/wakeup.ts'

/** How soon something that nobody announces is noticed: a transaction becomes visible, a budget is free again. */
const pollMs = 10
const sliceBytes = 4 << 20
const heldEventBytes = 64 << 20

export interface SnapshotParts {
  readonly options: ConnectorOptions
  readonly tables: CapturedTables
  readonly probe: Probe
  readonly oversize: OversizeRecords
  readonly wakeup: Wakeup
  /** The position that was passed last: the one that rows carry. */
  readonly passed: () => bigint
}

/** Everything that copies: the schedule, what it tells the publisher, the readers and the probe. */
export class SnapshotRun {
  readonly feed: SnapshotFeed
  readonly #parts: SnapshotParts
  readonly #scheduler: SnapshotScheduler

  constructor(parts: SnapshotParts, stored: StoredState, since: bigint) {
    const { options, tables, probe } = parts
    this.#parts = parts
    this.#scheduler = new SnapshotScheduler({
      readers: options.readers,
      budgetBytes: options.chunkBytes * options.readers * 4,
      heldEventBytes,
      chunk: { bytes: options.chunkBytes, seconds: 1 },
      invisible: stored.connector?.invisible ?? [],
      visibility: text => probe.parse(text),
    })
    for (const table of tables.byId.values()) {
      const state = stored.snapshots.get(table.id)
      const start = state ?? waitingSnapshot(table.state.schema.table, since)
      this.#scheduler.add(snapshotTable(table, parts.oversize), start, state !== undefined)
    }
    this.feed = new SnapshotFeed(this.#scheduler, options.telemetry)
  }

  /** The table has a new shape in the log. */
  changed(id: string): void {
    const table = this.#parts.tables.byId.get(id)
    if (table !== undefined) this.#scheduler.changed(snapshotTable(table, this.#parts.oversize))
  }

  /** They end when everything is copied. Their connections are opened only if there is something to copy. */
  get services(): readonly Service[] {
    const readers = Array.from({ length: this.#parts.options.readers }, (_, index) => ({
      name: `reader ${index + 1}`,
      run: (signal: AbortSignal) => this.#read(signal),
    }))
    return [{ name: 'probe', run: signal => this.#look(signal) }, ...readers]
  }

  async #read(signal: AbortSignal): Promise<void> {
    if (this.#scheduler.finished) return
    const reader = await this.#parts.options.source.reader(signal)
    try {
      while (!signal.aborted && !this.#scheduler.finished) await this.#readNext(reader, signal)
    } finally {
      await reader.close()
    }
  }

  async #readNext(reader: ChunkReader, signal: AbortSignal): Promise<void> {
    const { tables, oversize, options, passed } = this.#parts
    await options.limit.ready(signal)
    const task = signal.aborted ? null : this.#scheduler.next()
    if (task === null) return sleep(pollMs, signal)
    const tools = {
      reader,
      limit: options.limit,
      composer: snapshotComposer({ tables: tables.byId, oversize, passed, now: options.now }),
      now: () => options.now() / 1000,
      sliceBytes,
    }
    try {
      await runTask(task, tools, signal)
    } catch (error) {
      if (!(error instanceof MigrationError) || error.code !== 'source.table_changed') throw error
      this.#scheduler.outdated(task.table)
    }
    this.#parts.wakeup.wake()
  }

  /** A marker is asked for before it is written, so that it lies behind the snapshots that wait for it. */
  async #look(signal: AbortSignal): Promise<void> {
    const { probe, wakeup } = this.#parts
    while (!signal.aborted && !this.#scheduler.finished) {
      this.feed.visible(await probe.visibility())
      const marking = this.#scheduler.marking()
      if (marking !== null) marking.place(await probe.mark())
      else await sleep(pollMs, signal)
      wakeup.wake()
      this.#refuseUntold()
    }
  }

  /** The next start takes the shape from the catalogue. */
  #refuseUntold(): void {
    const table = this.#scheduler.untold(this.#parts.passed())
    if (table !== null)
      throw new MigrationError(
        'source.table_changed',
        `${table} was altered, and nothing written to it since`,
      )
  }
}
