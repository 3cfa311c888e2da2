import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import { nearestKey } from '../schemas/config/nearest-key.ts'
import { explainCodec, type GeneratedCode } from '../schemas/explain-codec.ts'
import { topicFor } from '../schemas/topic-names.ts'
import { openSource } from './open-source.ts'

/**
 * What is generated for the table with this id, as the source has it now. Throws `source.table_missing` if the migration
 * has none of that name.
 */
export async function generatedFor(
  config: MigrationConfig,
  id: string,
  signal: AbortSignal,
): Promise<readonly GeneratedCode[]> {
  const source = openSource(config, 'explain')
  try {
    const tables = await source.tables(signal)
    const [schema] = await source.describe(
      tables.filter(table => tableId(table) === id),
      signal,
    )
    if (schema === undefined) throw missing(id, tables.map(tableId))
    return explainCodec(schema, topicFor(config.migration, schema.table, new Set()))
  } finally {
    await source.close()
  }
}

function missing(id: string, known: readonly string[]): MigrationError {
  const nearest = nearestKey(id, known)
  const hint = nearest === null ? '' : `; did you mean ${nearest}?`
  return new MigrationError('source.table_missing', `the migration has no table ${id}${hint}`)
}
