import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import { type TableRef, tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'

/** A partition that holds rows of which the log does not tell: they would be copied, and never followed. */
export interface UnloggedPartition {
  readonly root: TableRef
  readonly partition: TableRef
  readonly isForeign: boolean
}

const unlogged = `
SELECT json_build_object('schema', rn.nspname, 'name', r.relname) AS root,
       json_build_object('schema', ln.nspname, 'name', l.relname) AS partition, l.relkind = 'f' AS "isForeign"
FROM unnest($1::text[], $2::text[]) AS w(schema, name)
JOIN pg_catalog.pg_namespace rn ON rn.nspname = w.schema
JOIN pg_catalog.pg_class r ON r.relnamespace = rn.oid AND r.relname = w.name AND r.relkind = 'p'
CROSS JOIN LATERAL pg_catalog.pg_partition_tree(r.oid) AS t
JOIN pg_catalog.pg_class l ON l.oid = t.relid
JOIN pg_catalog.pg_namespace ln ON ln.oid = l.relnamespace
WHERE t.isleaf AND l.relkind <> 'p' AND (l.relpersistence <> 'p' OR l.relkind = 'f')
ORDER BY rn.nspname, r.relname, ln.nspname, l.relname`

/** Those of the tables that are partitioned. */
export async function unloggedPartitions(
  client: Client,
  tables: readonly TableRef[],
): Promise<readonly UnloggedPartition[]> {
  const parameters = [tables.map(({ schema }) => schema), tables.map(({ name }) => name)]
  return query<UnloggedPartition & Record<string, unknown>>(
    client,
    'look for unlogged partitions',
    unlogged,
    parameters,
  )
}

export function describeUnlogged({ root, partition, isForeign }: UnloggedPartition): string {
  const what = isForeign ? 'is a foreign table' : 'is unlogged'
  return `partition ${tableId(partition)} of ${tableId(root)} ${what}: the log does not tell what changes in it`
}

/** Throws `source.unlogged_partition` when one of the tables has a partition that cannot be followed. */
export async function refuseUnloggedPartitions(client: Client, tables: readonly TableRef[]): Promise<void> {
  const [found] = await unloggedPartitions(client, tables)
  if (found === undefined) return
  throw new MigrationError('source.unlogged_partition', describeUnlogged(found), {
    details: { table: tableId(found.root), partition: tableId(found.partition) },
  })
}
