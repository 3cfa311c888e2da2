import type { MigrationStatus, TableStatus, TargetStatus } from '../../control/migration-status.ts'
import { Pace } from './pace.ts'
import type { ProgressView, TableProgress, TargetProgress, TotalProgress } from './progress-view.ts'

/** Makes views of a migration's progress from its status, read again and again: adds paces and what they lead to expect. */
export class ProgressMeter {
  readonly #pace = new Pace()

  view(status: MigrationStatus): ProgressView {
    const atMs = Date.parse(status.at)
    const tables = status.tables.map(table => this.#table(table, atMs))
    return {
      tables,
      total: this.#total(tables, atMs),
      targets: status.targets.map(target => this.#target(target, atMs)),
      unreachable: status.unreachable,
    }
  }

  #table({ table, snapshot, rows, estimatedRows, chunks }: TableStatus, atMs: number): TableProgress {
    const rowsPerSecond = this.#pace.perSecond(`table ${table}`, rows, atMs)
    const copying = snapshot === 'copying' || snapshot === 'scanning'
    const etaSeconds = copying ? secondsLeft(rows, estimatedRows, rowsPerSecond) : null
    return { table, phase: snapshot, rows, estimatedRows, chunks, rowsPerSecond, etaSeconds }
  }

  #total(tables: readonly TableProgress[], atMs: number): TotalProgress {
    const copied = tables.filter(({ phase }) => phase === 'copied')
    const rows = sum(tables, table => table.rows)
    // Of a copied table the number is known; a table that outgrew its estimate counts for what it has.
    const estimatedRows = sum(tables, expectedRows)
    const rowsPerSecond = this.#pace.perSecond('total', rows, atMs)
    const done = copied.length === tables.length
    return {
      tables: tables.length,
      copiedTables: copied.length,
      rows,
      estimatedRows,
      rowsPerSecond,
      etaSeconds: done ? null : secondsLeft(rows, estimatedRows, rowsPerSecond),
    }
  }

  #target(
    { name, lagSeconds, lagEvents, appliedEvents, parked }: TargetStatus,
    atMs: number,
  ): TargetProgress {
    const eventsPerSecond = this.#pace.perSecond(`target ${name}`, appliedEvents, atMs)
    return { name, lagSeconds, lagEvents, appliedEvents, eventsPerSecond, parked }
  }
}

function expectedRows({ phase, rows, estimatedRows }: TableProgress): number {
  return phase === 'copied' ? rows : Math.max(rows, estimatedRows)
}

function secondsLeft(done: number, all: number, perSecond: number): number | null {
  return perSecond > 0 && all > done ? (all - done) / perSecond : null
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
