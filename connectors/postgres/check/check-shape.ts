import type { Finding } from '../../../core/finding.ts'
import { tableId, type TableRef } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import {
  describeUnlogged,
  type UnloggedPartition,
  unloggedPartitions,
} from '../catalog/unlogged-partitions.ts'
import type { CheckContext } from './source-check.ts'

const parents = `
SELECT DISTINCT n.nspname::text AS schema, c.relname::text AS name
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r'`

/** What will look different on the target, or needs a thought. */
export async function checkShape({ client, tables, listed }: CheckContext): Promise<readonly Finding[]> {
  const inherited = new Set(
    (await query<TableRef & Record<string, unknown>>(client, 'look for inheritance', parents)).map(tableId),
  )
  return [
    ...(await partitionedTables(client, listed)),
    ...tables
      .map(({ table }) => tableId(table))
      .filter(id => inherited.has(id))
      .map(inheritanceParent),
    ...tables.flatMap(computedColumns),
  ]
}

async function partitionedTables(
  client: CheckContext['client'],
  listed: CheckContext['listed'],
): Promise<readonly Finding[]> {
  const tables = listed.filter(table => table.kind === 'partitioned')
  const unlogged = await unloggedPartitions(client, tables)
  return [...tables.map(tableId).map(partitionedTable), ...unlogged.map(unloggedPartition)]
}

function partitionedTable(subject: string): Finding {
  const message = `${subject} is partitioned: it is migrated as one table, and made as a plain one unless the target has it.`
  const remedy =
    'While the migration lives, do not truncate, drop, detach or attach single partitions that hold rows: the log does not tell it. Delete or insert the rows instead.'
  return { severity: 'warning', code: 'source.partitioned', subject, message, remedy }
}

function unloggedPartition(found: UnloggedPartition): Finding {
  const message = `The ${describeUnlogged(found)}.`
  const remedy = found.isForeign
    ? 'Detach it, or exclude the partitioned table.'
    : 'ALTER TABLE … SET LOGGED for the partition, or exclude the partitioned table.'
  const subject = tableId(found.root)
  return { severity: 'error', code: 'source.unlogged_partition', subject, message, remedy }
}

function inheritanceParent(subject: string): Finding {
  return {
    severity: 'warning',
    code: 'source.inherited',
    subject,
    message: `${subject} has tables that inherit from it: only its own rows are migrated under its name, and the inheritance is not rebuilt.`,
    remedy: 'Include the children in source.tables, and create the inheritance on the target yourself.',
  }
}

function computedColumns(table: TableSchema): Finding[] {
  const subject = tableId(table.table)
  const names = (test: (column: TableSchema['columns'][number]) => boolean) =>
    table.columns.filter(test).map(column => column.name)
  const generated = names(column => column.generated !== null)
  const identity = names(column => column.identity !== null)
  const findings: Finding[] = []
  if (generated.length > 0) {
    const message = `Generated columns of ${subject} are computed again by the target: ${generated.join(', ')}.`
    findings.push({ severity: 'info', code: 'source.generated_columns', subject, message, remedy: '' })
  }
  if (identity.length > 0) {
    const message = `Identity columns of ${subject} keep their values; their sequences are set at the cutover: ${identity.join(', ')}.`
    findings.push({ severity: 'info', code: 'source.identity_columns', subject, message, remedy: '' })
  }
  return findings
}
