import type { Client } from 'pg'
import type { Finding } from '../../../core/finding.ts'
import { query } from '../../../databases/postgres/query.ts'
import { quoteIdentifier } from '../../../databases/postgres/quote.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { nameParts } from '../ddl/sql-name.ts'

interface DatabaseRights extends Record<string, unknown> {
  readonly database: string
  readonly user: string
  readonly create: boolean
  readonly temporary: boolean
}

const databaseRights = `
SELECT pg_catalog.current_database()::text AS database, current_user::text AS user,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS create,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY') AS temporary`

interface SchemaRights extends Record<string, unknown> {
  readonly schema: string
  readonly exists: boolean
  readonly usage: boolean
  readonly create: boolean
  /** Some of its objects have to be made. */
  readonly needed: boolean
}

const schemaRights = `
SELECT w.schema, n.oid IS NOT NULL AS exists, coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), true) AS usage,
       coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), true) AS create,
       EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS o(schema, name)
               WHERE o.schema = w.schema
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = o.name)
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.typnamespace = n.oid AND t.typname = o.name)) AS needed
FROM unnest($1::text[]) AS w(schema) LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema`

/** Whether the user may make what has to be made: our own schema, missing schemas, tables and types, and temporary tables. */
export async function checkRights(
  client: Client,
  tables: readonly TableSchema[],
): Promise<readonly Finding[]> {
  const doing = 'look at the privileges on the target'
  const [database] = await query<DatabaseRights>(client, doing, databaseRights)
  if (database === undefined) return []
  const objects = [...objectsToMake(tables), { schema: 'switchback', name: 'progress' }]
  const schemas = await query<SchemaRights>(client, doing, schemaRights, [
    [...new Set(objects.map(({ schema }) => schema))],
    objects.map(({ schema }) => schema),
    objects.map(({ name }) => name),
  ])
  return [
    ...databaseFindings(database, schemas),
    ...schemas.flatMap(schema => schemaFindings(schema, database)),
  ]
}

function objectsToMake(tables: readonly TableSchema[]): readonly { schema: string; name: string }[] {
  const required = tables.flatMap(({ requires }) => requires)
  const named = required.filter(({ kind }) => kind !== 'schema' && kind !== 'extension')
  return [
    ...tables.map(({ table }) => table),
    ...named.map(object => {
      const [schema = '', name = ''] = nameParts(object.name)
      return { schema, name }
    }),
  ]
}

function databaseFindings(
  { database, user, create, temporary }: DatabaseRights,
  schemas: readonly SchemaRights[],
): readonly Finding[] {
  const absent = schemas.filter(({ exists }) => !exists).map(({ schema }) => schema)
  const findings: Finding[] = []
  if (!create && absent.length > 0)
    findings.push(
      privilege(database, `The user ${user} may not create the schemas ${absent.join(', ')}.`, [
        `GRANT CREATE ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(user)}`,
        'or create them, owned by the user',
      ]),
    )
  if (!temporary)
    findings.push(
      privilege(
        database,
        `The user ${user} may not create temporary tables, through which rows are merged.`,
        [`GRANT TEMPORARY ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(user)}`],
      ),
    )
  return findings
}

function schemaFindings(
  { schema, exists, usage, create, needed }: SchemaRights,
  { user }: DatabaseRights,
): readonly Finding[] {
  if (!exists || (usage && (create || !needed))) return []
  const missing = [...(usage ? [] : ['USAGE']), ...(create || !needed ? [] : ['CREATE'])].join(', ')
  const grant = `GRANT ${missing} ON SCHEMA ${quoteIdentifier(schema)} TO ${quoteIdentifier(user)}`
  return [privilege(`schema ${quoteIdentifier(schema)}`, `The user ${user} lacks ${missing}.`, [grant])]
}

function privilege(subject: string, message: string, ways: readonly string[]): Finding {
  return {
    severity: 'error',
    code: 'target.privilege_missing',
    subject,
    message,
    remedy: `${ways.join(', ')}.`,
  }
}
