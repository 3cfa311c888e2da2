import type { KafkaConfig } from './kafka-section.ts'
import type { LimitsConfig } from './limits-section.ts'
import type { PostgresConfig } from './postgres-section.ts'
import type { RegistryConfig } from './registry-section.ts'
import type { TablesConfig } from './source-section.ts'
import type { HttpConfig, SinkConfig, SnapshotConfig } from './tuning-section.ts'

/** A checked configuration with defaults filled in and secrets read. Made once, by `parseConfig`. */
export interface MigrationConfig {
  readonly migration: string
  readonly source: {
    readonly postgres: PostgresConfig
    readonly tables: TablesConfig
    readonly limits: LimitsConfig
  }
  readonly targets: readonly TargetConfig[]
  readonly kafka: KafkaConfig
  readonly registry: RegistryConfig
  readonly snapshot: SnapshotConfig
  readonly sink: SinkConfig
  readonly http: HttpConfig
}

export interface TargetConfig {
  readonly name: string
  readonly postgres: PostgresConfig
  readonly limits: LimitsConfig
}
