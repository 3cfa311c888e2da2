import type { Finding } from '../../../core/finding.ts'
import { tableId } from '../../../core/table-ref.ts'
import { quoteTable } from '../../../databases/postgres/quote.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { compareColumns } from './compare-column.ts'
import { compareKey } from './compare-key.ts'
import { compareObjects } from './compare-objects.ts'
import { tooManyColumns } from './too-many-columns.ts'
import type { TargetTable } from './target-table.ts'

/** Everything that keeps a table of the target from taking the source's rows, and what is good to know about it. */
export function compareTable(schema: TableSchema, target: TargetTable): readonly Finding[] {
  const subject = tableId(schema.table)
  if (target.kind !== 'r' && target.kind !== 'p')
    return [
      {
        severity: 'error',
        code: 'target.not_a_table',
        subject,
        message: 'The target has a view or another object by this name.',
        remedy: 'Rename or drop it.',
      },
    ]
  const about: About = { schema, target, subject }
  return [
    ...compareColumns(schema, target),
    ...tooManyColumns(schema),
    ...compareKey(schema, target),
    ...[rows, unlogged, rowSecurity, privileges, triggers].flatMap(look => look(about)),
    ...compareObjects(schema, target),
  ]
}

interface About {
  readonly schema: TableSchema
  readonly target: TargetTable
  readonly subject: string
}

function rows({ target, subject }: About): Finding[] {
  if (target.begun || !target.hasRows) return []
  return [
    {
      severity: 'error',
      code: 'target.table_not_empty',
      subject,
      message: 'The table holds rows, and this migration has copied none into it yet.',
      remedy: 'Empty it or drop it: rows that are not of the source would stay, or be overwritten.',
    },
  ]
}

function unlogged({ schema, target, subject }: About): Finding[] {
  if (!target.unlogged) return []
  return [
    {
      severity: 'error',
      code: 'target.unlogged',
      subject,
      message:
        'The table is unlogged: a crash of the server empties it, while the progress of the migration stays.',
      remedy: `ALTER TABLE ${quoteTable(schema.table)} SET LOGGED.`,
    },
  ]
}

function rowSecurity({ schema, target, subject }: About): Finding[] {
  if (!target.rowSecurity) return []
  return [
    {
      severity: 'error',
      code: 'target.row_security',
      subject,
      message: 'Row level security applies to the user of the migration.',
      remedy: `Give the user BYPASSRLS, or ALTER TABLE ${quoteTable(schema.table)} DISABLE ROW LEVEL SECURITY until the switch.`,
    },
  ]
}

function privileges({ schema, target, subject }: About): Finding[] {
  const findings: Finding[] = []
  const missing = target.missingPrivileges.join(', ')
  if (missing !== '')
    findings.push({
      severity: 'error',
      code: 'target.privilege_missing',
      subject,
      message: `The user of the migration lacks ${missing}.`,
      remedy: `GRANT ${missing} ON ${quoteTable(schema.table)} to the user.`,
    })
  if (!target.owned && schema.secondary.length > 0)
    findings.push({
      severity: 'warning',
      code: 'target.not_owner',
      subject,
      message:
        'The user of the migration does not own the table, so it cannot build indexes and constraints that are missing.',
      remedy: 'Make the user a member of the owning role, or have the owner build them after the copy.',
    })
  return findings
}

function triggers({ target, subject }: About): Finding[] {
  const findings: Finding[] = []
  if (target.firingTriggers.length > 0)
    findings.push({
      severity: 'warning',
      code: 'target.trigger_fires',
      subject,
      message: `Triggers or rules act on the migration's own writes: ${target.firingTriggers.join(', ')}.`,
      remedy:
        'Disable them, or make them fire for ORIGIN only, unless they do not change rows of migrated tables.',
    })
  if (target.quietTriggers.length > 0)
    findings.push(
      info(
        'target.trigger_quiet',
        subject,
        `Triggers rest for the migration's writes: ${target.quietTriggers.join(', ')}.`,
      ),
    )
  return findings
}

function info(code: string, subject: string, message: string): Finding {
  return { severity: 'info', code, subject, message, remedy: '' }
}
