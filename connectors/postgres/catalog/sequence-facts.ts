import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'

/** A sequence that a column's default draws from. Those of identity columns come with their column. */
export interface SequenceFacts {
  readonly table: number
  readonly schema: string
  readonly name: string
  readonly create: string
}

const sequences = `
SELECT DISTINCT d.adrelid AS table, n.nspname::text AS schema, full_name.sql AS name,
       'CREATE SEQUENCE ' || full_name.sql || ' AS ' || pg_catalog.format_type(s.seqtypid, NULL)
       || ' INCREMENT BY ' || s.seqincrement || ' MINVALUE ' || s.seqmin || ' MAXVALUE ' || s.seqmax
       || ' START WITH ' || s.seqstart || ' CACHE ' || s.seqcache || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END AS create
FROM pg_catalog.pg_attrdef d
JOIN pg_catalog.pg_depend p ON p.classid = 'pg_catalog.pg_attrdef'::regclass AND p.objid = d.oid
                            AND p.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_catalog.pg_class c ON c.oid = p.refobjid AND c.relkind = 'S'
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS sql) full_name
WHERE d.adrelid = ANY ($1::oid[])
ORDER BY 1, 3`

/** The sequences that defaults of the tables with these oids use. */
export async function readSequenceFacts(
  client: Client,
  tables: readonly number[],
): Promise<readonly SequenceFacts[]> {
  return query<SequenceFacts & Record<string, unknown>>(client, 'describe sequences', sequences, [tables])
}
