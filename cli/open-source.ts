import { postgresConnector } from '../connectors/postgres/postgres-connector.ts'
import type { SourceConnector } from '../connectors/source.ts'
import { connectionOptions } from '../control/connection-options.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'

/** The source that the configuration names. `role` shows in its sessions' names. */
export function openSource({ migration, source }: MigrationConfig, role: string): SourceConnector {
  return postgresConnector({
    connection: connectionOptions(source.postgres, migration, role),
    migration,
    tables: source.tables,
  })
}
