import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { tableId } from '../../core/table-ref.ts'
import { query } from '../../databases/postgres/query.ts'
import { quoteIdentifier, quoteLiteral, quoteTable } from '../../databases/postgres/quote.ts'
import type { Column, TableSchema } from '../../schemas/table-schema.ts'

/**
 * Adds a column that the source got after the target's table was made, when the values of the rows that are there are
 * known: NULL, or the constant that the source gave them. Otherwise `schema.target_column_missing`.
 */
export async function addColumn(client: Client, schema: TableSchema, column: Column): Promise<void> {
  const id = tableId(schema.table)
  const details = { table: id, column: column.name, type: column.type.sql }
  if (!canBeAdded(column)) {
    throw new MigrationError(
      'schema.target_column_missing',
      `${id} of the target lacks the column "${column.name}" (${column.type.sql}), and what its rows hold in it is not known`,
      { details },
    )
  }
  try {
    await query(client, `add column "${column.name}" to ${id}`, addColumnSql(schema, column))
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'postgres.failed')
      throw new MigrationError(
        'schema.target_type_differs',
        `the column "${column.name}" (${column.type.sql}) cannot be added to ${id} of the target: ${error.message}`,
        { details },
      )
    throw error
  }
}

/** Whether it is known what the rows that are there hold in a new column. */
export function canBeAdded(column: Column): boolean {
  if (column.identity !== null || column.generated !== null) return false
  return column.missingValue !== null || (column.nullable && column.default === null)
}

function addColumnSql(schema: TableSchema, column: Column): string {
  const collate = column.collation === null ? '' : ` COLLATE ${column.collation}`
  const value = column.missingValue === null ? '' : ` DEFAULT ${quoteLiteral(column.missingValue)}`
  const required = column.nullable ? '' : ' NOT NULL'
  return `ALTER TABLE ${quoteTable(schema.table)} ADD COLUMN IF NOT EXISTS ${quoteIdentifier(column.name)} ${column.type.sql}${collate}${value}${required}`
}
