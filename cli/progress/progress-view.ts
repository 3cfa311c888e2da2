import type { TableStatus, Unreachable } from '../../control/migration-status.ts'

/** What a progress display shows at one moment. */
export interface ProgressView {
  readonly tables: readonly TableProgress[]
  readonly total: TotalProgress
  readonly targets: readonly TargetProgress[]
  readonly unreachable: readonly Unreachable[]
}

export interface TableProgress {
  readonly table: string
  readonly phase: TableStatus['snapshot']
  readonly rows: number
  readonly estimatedRows: number
  readonly chunks: number
  readonly rowsPerSecond: number
  /** Null: not copying, or no pace to go by. */
  readonly etaSeconds: number | null
}

export interface TotalProgress {
  readonly tables: number
  readonly copiedTables: number
  readonly rows: number
  readonly estimatedRows: number
  readonly rowsPerSecond: number
  readonly etaSeconds: number | null
}

export interface TargetProgress {
  readonly name: string
  /** Age of the oldest change that is not applied; null when nobody looked. */
  readonly lagSeconds: number | null
  readonly lagEvents: number | null
  readonly appliedEvents: number
  readonly eventsPerSecond: number
  readonly parked: number
}
