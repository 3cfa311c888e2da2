import type { Finding } from '../../../core/finding.ts'
import { tableId } from '../../../core/table-ref.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import type { BuiltObject } from '../ddl/built-objects.ts'
import { immediate } from '../ddl/create-table-sql.ts'
import { secondaryObjects } from '../ddl/secondary-object.ts'
import { isSameSql } from '../ddl/sql-name.ts'
import type { TargetTable } from './target-table.ts'

/** What the constraints that a table of the target has already mean for the rows that will come. */
export function compareObjects(
  schema: TableSchema,
  { objects, begun }: Pick<TargetTable, 'objects' | 'begun'>,
): readonly Finding[] {
  const subject = tableId(schema.table)
  const known = [
    immediate(schema.primaryKey?.create ?? ''),
    ...secondaryObjects([schema]).map(({ definition }) => definition),
  ]
  const isKnown = ({ definition }: BuiltObject) => known.some(each => isSameSql(each, definition))
  const findings: Finding[] = []
  const extra = objects.filter(object => mayRefuse(object) && !isKnown(object))
  if (extra.length > 0)
    findings.push({
      severity: 'warning',
      code: 'target.constraint_extra',
      subject,
      message: `The source lacks constraints that the target has, which may refuse its rows: ${names(extra)}.`,
      remedy: 'Drop them until the migration is done, unless every row of the source keeps them.',
    })
  const early = objects.filter(object => !begun && isEarly(object) && isKnown(object))
  if (early.length > 0)
    findings.push({
      severity: 'warning',
      code: 'target.constraint_early',
      subject,
      message: `Unique or exclusion constraints are there before the copy, in which rows of different age meet: ${names(early)}.`,
      remedy: 'Drop them: they are built again when the copy is complete, and the copy is faster without.',
    })
  const foreignKeys = objects.filter(({ kind }) => kind === 'foreign-key')
  if (foreignKeys.length > 0)
    findings.push({
      severity: 'info',
      code: 'target.foreign_keys',
      subject,
      message: `Foreign keys are not checked for the migration's writes: ${names(foreignKeys)}.`,
      remedy: '',
    })
  return findings
}

function mayRefuse({ kind, isUnique }: BuiltObject): boolean {
  return kind === 'check' || isUnique
}

function isEarly({ kind, isUnique }: BuiltObject): boolean {
  return isUnique && kind !== 'primary-key'
}

function names(objects: readonly BuiltObject[]): string {
  return objects.map(({ name }) => name).join(', ')
}
