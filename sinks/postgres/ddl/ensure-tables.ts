import type { Client } from 'pg'
import type { TableRef } from '../../../core/table-ref.ts'
import { checkTables } from '../check/check-tables.ts'
import { refuseErrors } from '../check/differs-error.ts'
import type { WantedTable } from '../check/target-table.ts'
import { ensureNotes, noteColumns } from '../noted-columns.ts'
import { createTables } from './create-tables.ts'

/**
 * Checks the tables that exist, creates those that do not, and notes their columns; returns the created ones. Changes nothing when one of them
 * cannot take the source's rows: throws `target.table_differs` or `target.table_not_empty` with all findings. Also throws
 * what `createTables` throws. Harmless when repeated, and beside other instances.
 */
export async function ensureTables(
  client: Client,
  migration: string,
  tables: readonly WantedTable[],
): Promise<readonly TableRef[]> {
  refuseErrors(await checkTables(client, migration, tables))
  const created = await createTables(
    client,
    tables.map(({ schema }) => schema),
  )
  await ensureNotes(client)
  await noteColumns(client, migration, tables)
  return created
}
