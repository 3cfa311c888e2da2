import type { Finding } from '../../../core/finding.ts'
import { tableId } from '../../../core/table-ref.ts'
import { isDeferrable } from '../ddl/create-table-sql.ts'
import { tooManyColumns } from './too-many-columns.ts'
import type { WantedTable } from './target-table.ts'

/** What is to be known of a table that Switchback will create. */
export function missingTable({ schema }: WantedTable): readonly Finding[] {
  const subject = tableId(schema.table)
  const findings: Finding[] = [
    {
      severity: 'info',
      code: 'target.table_created',
      subject,
      message: 'The target has no such table. Switchback creates it.',
      remedy: '',
    },
    ...tooManyColumns(schema),
  ]
  if (schema.primaryKey !== null && isDeferrable(schema.primaryKey.create))
    findings.push({
      severity: 'warning',
      code: 'target.key_deferrable',
      subject,
      message:
        'The primary key is deferrable in the source. The target gets one that is not, since rows are merged by it.',
      remedy: 'Make it deferrable after the migration, if the application needs that.',
    })
  return findings
}
