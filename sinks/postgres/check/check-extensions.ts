import type { Client } from 'pg'
import type { Finding } from '../../../core/finding.ts'
import { query } from '../../../databases/postgres/query.ts'
import { quoteIdentifier } from '../../../databases/postgres/quote.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { nameParts } from '../ddl/sql-name.ts'

interface ExtensionFacts extends Record<string, unknown> {
  readonly name: string
  readonly available: boolean
  readonly creatable: boolean
}

// Whether an extension is trusted is a column since version 13, asked for in a way that older servers understand.
const missingExtensions = `
SELECT w.name, count(v.name) > 0 AS available,
       coalesce(bool_or(NOT v.superuser OR r.rolsuper
                        OR coalesce((pg_catalog.to_jsonb(v) ->> 'trusted')::boolean, false)
                           AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'))
                FILTER (WHERE v.name IS NOT NULL), false) AS creatable
FROM unnest($1::text[]) AS w(name)
CROSS JOIN pg_catalog.pg_roles r
LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = w.name
WHERE r.rolname = current_user AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname = w.name)
GROUP BY w.name
ORDER BY w.name`

/** Extensions that the tables need and that cannot be created. */
export async function checkExtensions(
  client: Client,
  tables: readonly TableSchema[],
): Promise<readonly Finding[]> {
  const required = tables.flatMap(({ requires }) => requires).filter(({ kind }) => kind === 'extension')
  const names = [...new Set(required.map(({ name }) => nameParts(name)[0] ?? name))]
  const doing = 'look at the extensions of the target'
  const rows = await query<ExtensionFacts>(client, doing, missingExtensions, [names])
  return rows
    .filter(({ creatable }) => !creatable)
    .map(({ name, available }) => ({
      severity: 'error',
      code: 'target.extension_missing',
      subject: `extension ${name}`,
      message: available
        ? 'Tables need it, and the user of the migration may not create it.'
        : 'Tables need it, and the target server does not have it installed.',
      remedy: available
        ? `Have a superuser run CREATE EXTENSION ${quoteIdentifier(name)} in the target.`
        : 'Install its package on the target server.',
    }))
}
