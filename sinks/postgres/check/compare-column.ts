import type { Finding } from '../../../core/finding.ts'
import { tableId } from '../../../core/table-ref.ts'
import { quoteIdentifier, quoteTable } from '../../../databases/postgres/quote.ts'
import type { Column, TableSchema } from '../../../schemas/table-schema.ts'
import { canBeAdded } from '../add-column.ts'
import { columnSql } from '../ddl/create-table-sql.ts'
import { isSameSql } from '../ddl/sql-name.ts'
import type { TargetColumn, TargetTable } from './target-table.ts'
import { typeHolds } from './type-holds.ts'

type Differ = (severity: Finding['severity'], what: string, message: string, remedy: string) => Finding

/** In what the columns of the target's table differ from the source's in a way that matters. */
export function compareColumns(schema: TableSchema, target: TargetTable): readonly Finding[] {
  const found = new Map(target.columns.map(column => [column.name, column]))
  const known = new Set(schema.columns.map(column => column.name))
  return [
    ...schema.columns.flatMap(column => {
      const other = found.get(column.name)
      return other === undefined ? [missingColumn(schema, column)] : compareColumn(schema, column, other)
    }),
    ...target.columns
      .filter(column => !known.has(column.name))
      .flatMap(column => extraColumn(schema, column)),
  ]
}

function missingColumn(schema: TableSchema, column: Column): Finding {
  const differ = differences(schema, column.name)
  // The sink itself follows the source when it gets such a column.
  if (canBeAdded(column))
    return differ('info', 'missing', 'The target has no such column. The sink adds it.', '')
  const add = `ALTER TABLE ${quoteTable(schema.table)} ADD COLUMN ${columnSql(column)}`
  return differ('error', 'missing', 'The target has no such column.', `Add it: ${add}.`)
}

function extraColumn(schema: TableSchema, column: TargetColumn): Finding[] {
  const { nullable, hasDefault, identity, generated } = column
  if (nullable || hasDefault || identity || generated !== null) return []
  const message =
    'The source has no such column, and the target requires a value for it: it is NOT NULL without a default.'
  const alter = `ALTER TABLE ${quoteTable(schema.table)} ALTER COLUMN ${quoteIdentifier(column.name)} DROP NOT NULL`
  return [differences(schema, column.name)('error', 'extra', message, `${alter}. Or give it a default.`)]
}

function compareColumn(schema: TableSchema, source: Column, target: TargetColumn): readonly Finding[] {
  const differ = differences(schema, source.name)
  return [
    ...compareType(differ, source, target),
    ...compareGenerated(differ, source, target),
    ...compareNull(differ, source, target),
    ...compareCollation(differ, source, { target, isKey: schema.key.includes(source.name) }),
  ]
}

function compareType(differ: Differ, source: Column, target: TargetColumn): Finding[] {
  // A generated column's values are computed by the target and never travel.
  if (source.generated !== null || typeHolds(source.type, target)) return []
  const message = `The target's type ${target.sql} does not hold every value of the source's ${source.type.sql}.`
  const remedy = `Make it ${source.type.sql}, or a wider type that docs/target-tables.md lists.`
  return [differ('error', 'type', message, remedy)]
}

function compareGenerated(differ: Differ, source: Column, target: TargetColumn): Finding[] {
  const mine = source.generated
  const theirs = target.generated
  if (mine === null && theirs === null) return []
  if (mine === null) {
    const message = 'The target generates this column; in the source it holds values of its own.'
    return [differ('error', 'generated', message, 'ALTER TABLE … ALTER COLUMN … DROP EXPRESSION.')]
  }
  if (theirs === null) {
    const message = `The source generates this column as (${mine}), so its values do not travel; the target would leave it empty.`
    return [differ('error', 'generated', message, 'Make it a generated column with that expression.')]
  }
  if (isSameSql(mine, theirs)) return []
  const message = `The source generates it as (${mine}), the target as (${theirs}).`
  return [differ('warning', 'generated', message, 'Make sure that both mean the same.')]
}

function compareNull(differ: Differ, source: Column, target: TargetColumn): Finding[] {
  const findings: Finding[] = []
  if (source.nullable && !target.nullable && source.generated === null)
    findings.push(
      differ(
        'error',
        'not_null',
        'The target requires a value; the source allows NULL.',
        `ALTER TABLE … ALTER COLUMN ${quoteIdentifier(source.name)} DROP NOT NULL.`,
      ),
    )
  const fills = source.default !== null || source.identity !== null
  const filled = target.hasDefault || target.identity
  if (fills && !filled)
    findings.push(
      differ(
        'warning',
        'default',
        `The source fills this column by itself (${source.default ?? 'identity'}); the target does not.`,
        'Give it a default, or be sure that the application always sets it after the switch.',
      ),
    )
  return findings
}

function compareCollation(
  differ: Differ,
  source: Column,
  { target, isKey }: { readonly target: TargetColumn; readonly isKey: boolean },
): Finding[] {
  if ((source.collation ?? '') === (target.collation ?? '')) return []
  const message = `The target's collation is ${target.collation ?? 'the default'}; the source's is ${source.collation ?? 'the default'}.`
  if (isKey && !target.deterministic) {
    const because = ' It calls keys equal that are different rows in the source.'
    return [
      differ('error', 'collation', message + because, 'Give the key column the collation of the source.'),
    ]
  }
  return [
    differ('warning', 'collation', message, 'Be sure that the application can live with another order.'),
  ]
}

function differences({ table }: TableSchema, column: string): Differ {
  const subject = `${tableId(table)}.${quoteIdentifier(column)}`
  return (severity, what, message, remedy) => ({
    severity,
    code: `target.column_${what}`,
    subject,
    message,
    remedy,
  })
}
