import type { Finding } from '../../../core/finding.ts'
import { tableId } from '../../../core/table-ref.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import type { CheckContext } from './source-check.ts'

/** Whether the log can tell which row an update or delete means. */
export async function checkIdentity({ tables }: CheckContext): Promise<readonly Finding[]> {
  return tables.flatMap(identityOf)
}

function identityOf(table: TableSchema): Finding[] {
  const subject = tableId(table.table)
  if (table.identity === 'nothing') {
    return [
      {
        severity: 'error',
        code: 'source.identity_nothing',
        subject,
        message: `The log does not tell the old rows of ${subject}, or of one of its partitions: updates and deletes would be lost.`,
        remedy:
          'ALTER TABLE … REPLICA IDENTITY DEFAULT (with a primary key) or FULL, for each partition as well.',
      },
    ]
  }
  if (table.key.length > 0) return []
  return [table.identity === 'full' ? keylessFull(subject) : appendOnly(subject)]
}

function keylessFull(subject: string): Finding {
  return {
    severity: 'warning',
    code: 'source.keyless_full',
    subject,
    message: `${subject} has no primary key: it goes through one partition, is copied in one scan, and updates on the target search whole rows.`,
    remedy: 'Add a primary key if the table is large or busy.',
  }
}

function appendOnly(subject: string): Finding {
  return {
    severity: 'warning',
    code: 'source.append_only',
    subject,
    message: `${subject} has no primary key and is taken as append-only: inserts and truncates are migrated, updates and deletes are NOT.`,
    remedy: 'If its rows are ever changed, add a primary key or set REPLICA IDENTITY FULL before starting.',
  }
}
