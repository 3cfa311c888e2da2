import type { Finding } from '../../../core/finding.ts'
import { tableId } from '../../../core/table-ref.ts'
import { capturable, type ListedTable } from '../catalog/list-tables.ts'
import { patternTest } from '../catalog/table-pattern.ts'
import type { CheckContext } from './source-check.ts'

/** Whether the patterns say what was meant. */
export async function checkPatterns({ patterns, listed }: CheckContext): Promise<readonly Finding[]> {
  const unmatched = patterns.include.filter(pattern => !listed.some(patternTest(pattern))).map(matchesNothing)
  const none: Finding[] = capturable(listed).length > 0 ? [] : [noTables]
  return [...unmatched, ...none, ...listed.flatMap(leftOut)]
}

const noTables: Finding = {
  severity: 'error',
  code: 'source.no_tables',
  subject: 'source.tables',
  message: 'The patterns match no table that can be migrated.',
  remedy: 'Correct source.tables; schema and table names are case-sensitive.',
}

function matchesNothing(pattern: string): Finding {
  return {
    severity: pattern.includes('*') ? 'warning' : 'error',
    code: 'source.pattern_unmatched',
    subject: pattern,
    message: `The pattern ${pattern} matches no table.`,
    remedy: 'Correct the pattern; names are case-sensitive, and partitions are reached through their root.',
  }
}

const otherKinds: Readonly<Partial<Record<ListedTable['kind'], Omit<Finding, 'subject'>>>> = {
  unlogged: {
    severity: 'warning',
    code: 'source.unlogged',
    message: 'is unlogged: the log does not tell its changes, so it is not migrated.',
    remedy: 'ALTER TABLE … SET LOGGED, or exclude it.',
  },
  foreign: {
    severity: 'warning',
    code: 'source.foreign_table',
    message: 'is a foreign table and is not migrated.',
    remedy: 'Exclude it, or see to its content yourself.',
  },
  view: { severity: 'info', code: 'source.view', message: 'is a view and is not migrated.', remedy: '' },
  'materialized-view': {
    severity: 'info',
    code: 'source.view',
    message: 'is a materialized view and is not migrated.',
    remedy: '',
  },
}

function leftOut(table: ListedTable): Finding[] {
  const finding = otherKinds[table.kind]
  if (finding === undefined) return []
  const subject = tableId(table)
  return [{ ...finding, subject, message: `${subject} ${finding.message}` }]
}
