import type { Client } from 'pg'
import type { PublishedTable } from '../published-table.ts'
import { type TableRef, tableId } from '../../core/table-ref.ts'
import { query } from '../../databases/postgres/query.ts'
import { quoteIdentifier, quoteTable } from '../../databases/postgres/quote.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import type { ObjectNames } from './object-names.ts'

interface Publication {
  readonly name: string
  readonly publishes: readonly Operation[]
  readonly tables: readonly TableRef[]
}

const operations = ['insert', 'update', 'delete', 'truncate'] as const
type Operation = (typeof operations)[number]

/**
 * True: only inserts of the table may be published, because the log cannot tell which row an update or delete means.
 * Publishing them would make the application's own updates and deletes fail.
 */
export function publishesOnlyInserts(table: TableSchema): boolean {
  return table.identity === 'nothing' || (table.identity === 'default' && table.key.length === 0)
}

/** Makes both publications hold exactly these tables, in one transaction. Both always exist, since the stream names both. */
export async function adaptPublications(
  client: Client,
  names: ObjectNames,
  tables: readonly TableSchema[],
): Promise<void> {
  const wanted: readonly Publication[] = [
    {
      name: names.publication,
      publishes: operations,
      tables: tables.filter(table => !publishesOnlyInserts(table)).map(table => table.table),
    },
    {
      name: names.insertsPublication,
      publishes: ['insert', 'truncate'],
      tables: tables.filter(publishesOnlyInserts).map(table => table.table),
    },
  ]
  await query(client, 'begin', 'BEGIN')
  try {
    for (const publication of wanted) await adapt(client, publication)
    await query(client, 'commit', 'COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function adapt(client: Client, { name, publishes, tables }: Publication): Promise<void> {
  const sqlName = quoteIdentifier(name)
  const wanted = operations.map(operation => publishes.includes(operation))
  const [found] = await query<{ asWanted: boolean }>(client, 'look for the publication', publicationFound, [
    name,
    ...wanted,
  ])
  const options = `publish = '${publishes.join(', ')}', publish_via_partition_root = true`
  if (found === undefined)
    await query(client, 'create the publication', `CREATE PUBLICATION ${sqlName} WITH (${options})`)
  // Setting it to what it is would change the marks of its tables.
  else if (!found.asWanted)
    await query(client, 'set the publication', `ALTER PUBLICATION ${sqlName} SET (${options})`)
  const present = await membersOf(client, [name])
  const whole = present.filter(member => member.whole)
  const leaving = [...without(whole, tables), ...present.filter(member => !member.whole)]
  const joining = without(tables, whole)
  if (leaving.length > 0)
    await query(client, 'narrow the publication', `ALTER PUBLICATION ${sqlName} DROP TABLE ${list(leaving)}`)
  if (joining.length > 0)
    await query(client, 'widen the publication', `ALTER PUBLICATION ${sqlName} ADD TABLE ${list(joining)}`)
}

const publicationFound = `
SELECT pubviaroot AND (pubinsert, pubupdate, pubdelete, pubtruncate) = ($2::bool, $3::bool, $4::bool, $5::bool) AS "asWanted"
FROM pg_publication WHERE pubname = $1`

interface Member extends PublishedTable {
  /** Without a filter, and with all columns. */
  readonly whole: boolean
}

// pg_publication_tables shows the partitions of a root as well; membership is what we set. Each change of a row of the
// catalogue gives it another xmin.
const members = `
SELECT n.nspname::text AS schema, c.relname::text AS name, concat_ws(' ', p.oid, p.xmin, r.oid, r.xmin) AS mark,
       coalesce(to_jsonb(r) ->> 'prqual', to_jsonb(r) ->> 'prattrs') IS NULL AS whole
FROM pg_publication p
JOIN pg_publication_rel r ON r.prpubid = p.oid
JOIN pg_class c ON c.oid = r.prrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.pubname = ANY ($1)`

async function membersOf(client: Client, publications: readonly string[]): Promise<readonly Member[]> {
  return query<Member & Record<string, unknown>>(client, 'list published tables', members, [publications])
}

/** The tables that are in either publication, with all their rows and columns. */
export async function publishedTables(
  client: Client,
  names: ObjectNames,
): Promise<readonly PublishedTable[]> {
  const found = await membersOf(client, [names.publication, names.insertsPublication])
  return found.filter(({ whole }) => whole)
}

function without(tables: readonly TableRef[], others: readonly TableRef[]): readonly TableRef[] {
  const ids = new Set(others.map(tableId))
  return tables.filter(table => !ids.has(tableId(table)))
}

// Without ONLY the children of an inheritance parent would join as well; a partitioned root does not mind.
function list(tables: readonly TableRef[]): string {
  return tables.map(table => `ONLY ${quoteTable(table)}`).join(', ')
}

const existing = 'SELECT pubname::text AS name FROM pg_publication WHERE pubname = ANY ($1)'

/** Whether both publications exist. */
export async function publicationsExist(client: Client, names: ObjectNames): Promise<boolean> {
  const wanted = [names.publication, names.insertsPublication]
  return (await query(client, 'look for the publications', existing, [wanted])).length === wanted.length
}

/** Removes both publications where they exist. */
export async function dropPublications(client: Client, names: ObjectNames): Promise<void> {
  for (const name of [names.publication, names.insertsPublication]) {
    await query(client, 'drop the publication', `DROP PUBLICATION IF EXISTS ${quoteIdentifier(name)}`)
  }
}
