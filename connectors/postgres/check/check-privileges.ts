import type { Finding } from '../../../core/finding.ts'
import { tableId, type TableRef } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { CheckContext } from './source-check.ts'

interface RoleRights extends Record<string, unknown> {
  readonly role: string
  readonly database: string
  readonly replication: boolean
  readonly create: boolean
  readonly published: boolean
}

const roleRights = `
SELECT current_user::text AS role, current_database()::text AS database,
       r.rolsuper OR r.rolreplication OR EXISTS (
         SELECT FROM pg_roles m WHERE m.rolname = 'rds_replication' AND pg_has_role(current_user, m.oid, 'MEMBER')) AS replication,
       has_database_privilege(current_database(), 'CREATE') AS create,
       EXISTS (SELECT FROM pg_publication WHERE pubname = $1) AS published
FROM pg_roles r WHERE r.rolname = current_user`

interface TableRights extends TableRef, Record<string, unknown> {
  readonly select: boolean
  readonly owner: boolean
  readonly hidden: boolean
}

const tableRights = `
SELECT n.nspname::text AS schema, c.relname::text AS name,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS select,
       pg_has_role(c.relowner, 'USAGE') AS owner, row_security_active(c.oid) AS hidden
FROM unnest($1::text[], $2::text[]) AS w(schema, name)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
ORDER BY 1, 2`

/** What the role may do: replicate, make publications, read every table and every row of it. */
export async function checkPrivileges(context: CheckContext): Promise<readonly Finding[]> {
  const { client, names, tables } = context
  const [role] = await query<RoleRights>(client, 'read the rights of the role', roleRights, [
    names.publication,
  ])
  const wanted = [tables.map(({ table }) => table.schema), tables.map(({ table }) => table.name)]
  const rights = await query<TableRights>(client, 'read the rights on the tables', tableRights, wanted)
  return [
    ...(role === undefined ? [] : ofRole(role)),
    ...rights.flatMap(table => ofTable(table, role?.role ?? '')),
  ]
}

function ofRole({ role, database, replication, create, published }: RoleRights): Finding[] {
  const findings: Finding[] = []
  if (!replication) {
    findings.push(
      denied(
        'source.no_replication',
        role,
        `Role ${role} may not replicate.`,
        `ALTER ROLE "${role}" REPLICATION`,
      ),
    )
  }
  if (!create && !published) {
    const message = `Role ${role} may not create publications in ${database}.`
    findings.push(
      denied('source.no_publication', role, message, `GRANT CREATE ON DATABASE "${database}" TO "${role}"`),
    )
  }
  return findings
}

function ofTable(table: TableRights, role: string): Finding[] {
  const id = tableId(table)
  const findings: Finding[] = []
  if (!table.select) {
    findings.push(
      denied(
        'source.no_select',
        id,
        `Role ${role} may not read ${id}.`,
        `Grant USAGE on the schema and SELECT on the table to "${role}"`,
      ),
    )
  }
  if (!table.owner) {
    const message = `Role ${role} is not an owner of ${id} and cannot add it to a publication.`
    findings.push(denied('source.not_owner', id, message, `Grant the role that owns the table to "${role}"`))
  }
  if (table.hidden) {
    const message = `Row security hides rows of ${id} from role ${role}.`
    findings.push(denied('source.row_security', id, message, `ALTER ROLE "${role}" BYPASSRLS`))
  }
  return findings
}

function denied(code: string, subject: string, message: string, remedy: string): Finding {
  return { severity: 'error', code, subject, message, remedy: `${remedy}.` }
}
