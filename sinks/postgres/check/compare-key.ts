import type { Finding } from '../../../core/finding.ts'
import { tableId } from '../../../core/table-ref.ts'
import { quoteIdentifier, quoteTable } from '../../../databases/postgres/quote.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import type { BuiltObject } from '../ddl/built-objects.ts'
import { immediate, isDeferrable } from '../ddl/create-table-sql.ts'
import { namePattern, nameParts } from '../ddl/sql-name.ts'
import { hasKey } from '../ddl/unique-keys.ts'
import type { TargetTable } from './target-table.ts'

/** Whether the rows of a table can be merged by its key. */
export function compareKey(schema: TableSchema, target: TargetTable): Finding[] {
  if (schema.key.length === 0 || hasKey(target.uniqueKeys, schema.key)) return []
  const columns = schema.key.map(quoteIdentifier).join(', ')
  const deferrable = target.objects.filter(object => isDeferrableKey(object, schema.key))
  const finding = { severity: 'error', code: 'target.key_missing', subject: tableId(schema.table) } as const
  if (deferrable.length === 0)
    return [
      {
        ...finding,
        message: `No primary key or unique index on exactly (${columns}) that holds for all rows and is not deferrable.`,
        remedy: `CREATE UNIQUE INDEX ON ${quoteTable(schema.table)} (${columns}).`,
      },
    ]
  const names = deferrable.map(({ name }) => quoteIdentifier(name))
  return [
    {
      ...finding,
      message: `Rows cannot be merged by (${columns}), whatever other index there is: ${names.join(', ')} can be deferred.`,
      remedy: `ALTER TABLE ${quoteTable(schema.table)} ${deferrable.map(madeImmediate).join(', ')}.`,
    },
  ]
}

// What can be deferred is a constraint.
const constraint = new RegExp(`^(?:PRIMARY KEY|UNIQUE) \\((${namePattern}(?:, ${namePattern})*)\\)`)

function isDeferrableKey({ definition }: BuiltObject, key: readonly string[]): boolean {
  const columns = nameParts(constraint.exec(definition)?.[1] ?? '')
  return (
    isDeferrable(definition) && columns.length === key.length && key.every(name => columns.includes(name))
  )
}

function madeImmediate({ name, definition }: BuiltObject): string {
  const quoted = quoteIdentifier(name)
  return `DROP CONSTRAINT ${quoted}, ADD CONSTRAINT ${quoted} ${immediate(definition)}`
}
