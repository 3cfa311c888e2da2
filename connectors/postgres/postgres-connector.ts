import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { resumePointOf } from '../resume-point.ts'
import type { SourceConnector } from '../source.ts'
import { describeTables } from './catalog/describe-tables.ts'
import { capturable, matchingRelations } from './catalog/list-tables.ts'
import { tableFilter, type TablePatterns } from './catalog/table-pattern.ts'
import { refuseUnloggedPartitions } from './catalog/unlogged-partitions.ts'
import { checkSource } from './check/check-source.ts'
import { endFormerSession } from './former-session.ts'
import { tableMissing } from './missing-relation.ts'
import { objectNames } from './object-names.ts'
import { dropPrepared, prepareSource } from './prepare.ts'
import { publishedTables } from './publications.ts'
import { openProbe } from './probe.ts'
import { openRowLookup } from './row-lookup.ts'
import { estimatedRows } from './snapshot/estimated-rows.ts'
import { chunkReader } from './snapshot/chunk-reader.ts'
import { openStream } from './stream/open-stream.ts'
import { withSession } from '../../databases/postgres/with-session.ts'

export interface PostgresConnectorOptions {
  readonly connection: ConnectionOptions
  /** Names the slot and the publications. */
  readonly migration: string
  readonly tables: TablePatterns
}

/** PostgreSQL 14 or later as a source. Holds no connection of its own: what it opens belongs to the caller. */
export function postgresConnector(options: PostgresConnectorOptions): SourceConnector {
  const { connection, tables: patterns } = options
  const names = objectNames(options.migration)
  return {
    kind: 'postgres',
    check: (_tables, signal) =>
      withSession(connection, signal, client => checkSource({ client, names, patterns })),
    tables: signal =>
      withSession(connection, signal, async client => capturable(await matchingRelations(client, patterns))),
    wants: tableFilter(patterns),
    describe: (tables, signal) =>
      withSession(connection, signal, async client => {
        await refuseUnloggedPartitions(client, tables)
        return describeTables(client, tables)
      }),
    estimatedRows: (tables, signal) =>
      withSession(connection, signal, client => estimatedRows(client, tables)),
    published: signal => withSession(connection, signal, client => publishedTables(client, names)),
    prepare: (tables, from, signal) =>
      withSession(connection, signal, client =>
        prepareSource(client, names, tables, from).catch(tableMissing(null)),
      ),
    takeOver: (published, signal) =>
      withSession(connection, signal, client =>
        endFormerSession(client, names.slot, resumePointOf(published).after),
      ),
    stream: (from, tables, signal) => openStream({ connection, names }, from, tables, signal),
    probe: signal => openProbe(connection, names, signal),
    lookup: signal => openRowLookup(connection, signal),
    reader: signal => chunkReader(connection, signal),
    close: async () => undefined,
    drop: signal => withSession(connection, signal, client => dropPrepared(client, names)),
  }
}
