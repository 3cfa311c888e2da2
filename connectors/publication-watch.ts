import { MigrationError } from '../core/errors.ts'
import type { Service } from '../core/service.ts'
import { type TableRef, tableId } from '../core/table-ref.ts'
import { every } from '../core/time.ts'
import type { CapturedTables } from './captured-tables.ts'
import type { SourceConnector } from './source.ts'

const intervalMs = 5_000

/** Halts when the log stops telling of a captured table, which it does without a word. */
export function publicationWatch(source: SourceConnector, tables: CapturedTables): Service {
  return {
    name: 'publication watch',
    async run(signal) {
      for await (const _ of every(intervalMs, signal)) {
        const present = new Set((await source.published(signal)).map(tableId))
        const gone = tables.schemas.find(({ table }) => !present.has(tableId(table)))
        if (gone !== undefined) await refuse(source, gone.table, signal)
      }
    },
  }
}

/** Throws `source.table_missing` for a table that was dropped. */
async function refuse(source: SourceConnector, table: TableRef, signal: AbortSignal): Promise<never> {
  await source.describe([table], signal)
  const found = `${tableId(table)} is being migrated but was taken out of the publication`
  throw new MigrationError('source.publication_changed', found, { details: { table: tableId(table) } })
}
