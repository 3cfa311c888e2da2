import type { SnapshotProgress } from '../schemas/state.ts'

/** How far a migration is, put together from what is stored. True whether or not its services run. */
export interface MigrationStatus {
  readonly migration: string
  /** When it was read: ISO 8601. */
  readonly at: string
  /** How far the source's log is published; null before the first transaction, or when Kafka cannot be asked. */
  readonly position: string | null
  readonly tables: readonly TableStatus[]
  readonly targets: readonly TargetStatus[]
  /** What could not be reached; what stands above is without it. */
  readonly unreachable: readonly Unreachable[]
}

export interface TableStatus {
  /** As written in messages: `public.orders`. */
  readonly table: string
  readonly topic: string
  readonly snapshot: SnapshotProgress['phase']
  /** Snapshot rows and chunks published. */
  readonly rows: number
  readonly chunks: number
  /** The source's guess from its statistics. */
  readonly estimatedRows: number
}

export interface TargetStatus {
  readonly name: string
  /** Offsets passed in all topics, transaction markers included. */
  readonly appliedEvents: number
  /** Offsets that are in Kafka and not yet applied; null when either side cannot be asked. */
  readonly lagEvents: number | null
  /** Age of the oldest record that is not applied; 0 when there is none, null when it was not looked at. */
  readonly lagSeconds: number | null
  readonly parked: number
}

export interface Unreachable {
  /** `kafka`, or `target new`. */
  readonly part: string
  readonly code: string
  readonly message: string
}
