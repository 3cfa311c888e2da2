import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import { tableId } from '../../core/table-ref.ts'
import { query } from '../../databases/postgres/query.ts'
import { quoteTable } from '../../databases/postgres/quote.ts'
import type { Column } from '../../schemas/table-schema.ts'
import type { TableVersion } from '../table-version.ts'
import { addColumn } from './add-column.ts'
import { checkTables } from './check/check-tables.ts'
import { noteColumns, type NotedColumns, readNotedColumns } from './noted-columns.ts'
import { readTargetColumns, type TargetTable } from './target-columns.ts'

/**
 * The target's table, with the columns added that this version of the source's table has and the target can be given.
 * Throws `schema.*` when the target cannot hold what is to come: it is better to stop here than to park every row.
 */
export async function followSchema(
  client: Client,
  migration: string,
  version: TableVersion,
): Promise<TargetTable> {
  const target = await read(client, version)
  const missing = missingColumns(version, target)
  if (missing.length > 0) {
    const noted = await readNotedColumns(client, migration, version.topic)
    refuseRename(version, missing, strangers(version, target, { missing, noted }))
    await refuseLost(client, version, missing)
  }
  for (const column of missing) await addColumn(client, version.state.schema, column)
  refuseDifferences(version, await checkTables(client, migration, [version.state]))
  await noteColumns(client, migration, [version.state])
  return missing.length === 0 ? target : read(client, version)
}

/**
 * Those of the tables that can take their versions as they are, with what the target has of them: the others have something to be
 * added or refused when their events come. Changes none of them, and costs about the same for many tables as for one.
 */
export async function readyTables(
  client: Client,
  migration: string,
  versions: readonly TableVersion[],
): Promise<ReadonlyMap<TableVersion, TargetTable>> {
  const targets = await readTargetColumns(
    client,
    versions.map(({ state }) => state.schema.table),
  )
  const ready = new Map<TableVersion, TargetTable>()
  for (const [index, version] of versions.entries()) {
    const target = targets[index] ?? null
    if (target !== null && missingColumns(version, target).length === 0) ready.set(version, target)
  }
  const states = [...ready.keys()].map(({ state }) => state)
  const findings = await checkTables(client, migration, states)
  if (findings.some(({ severity }) => severity === 'error')) return new Map()
  await noteColumns(client, migration, states)
  return ready
}

async function read(client: Client, { id, state }: TableVersion): Promise<TargetTable> {
  const [target = null] = await readTargetColumns(client, [state.schema.table])
  if (target !== null) return target
  throw new MigrationError('schema.target_table_missing', `the target has no table ${id}`)
}

function missingColumns({ state, decoder }: TableVersion, target: TargetTable): readonly Column[] {
  const has = new Set(target.columns.map(column => column.name))
  const written = new Set(decoder.columns.map(column => column.name))
  return state.schema.columns.filter(
    ({ name, generated }) => generated === null && written.has(name) && !has.has(name),
  )
}

interface Compared {
  readonly missing: readonly Column[]
  readonly noted: NotedColumns
}

/** Columns of the target that may be missing ones under another name: neither its own, nor left over from ones that the source dropped. */
function strangers(
  { state }: TableVersion,
  target: TargetTable,
  { missing, noted }: Compared,
): readonly string[] {
  const known = new Set(state.schema.columns.map(column => column.name))
  const isLeftOver = (name: string) => {
    const number = noted.get(name)
    if (number === undefined || number === null) return number === null
    return missing.every(column => column.number !== undefined && column.number !== number)
  }
  return target.columns.map(column => column.name).filter(name => !known.has(name) && !isLeftOver(name))
}

/** The log tells a renamed column as one that went and one that came: added anew, it would be empty in all older rows. */
function refuseRename({ state }: TableVersion, missing: readonly Column[], strange: readonly string[]): void {
  if (strange.length === 0) return
  const table = tableId(state.schema.table)

  const came = missing.map(column => column.name)
  throw new MigrationError(
    'schema.target_column_missing',
    `${table} has ${quoted(came)} at the source, and ${quoted(strange)} only at the target: rename or add the columns there`,
    { details: { table, missing: came, strangers: strange } },
  )
}

// A dropped column keeps its place in the catalogue, but not its name. A table without rows has lost nothing.
const lostColumns = (table: string) => `
SELECT EXISTS (SELECT FROM ${table}) AND EXISTS (
  SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attisdropped) AS lost`

/** A column that somebody dropped in the target looks like one that is new at the source: added anew, it would be empty. */
async function refuseLost(
  client: Client,
  { state }: TableVersion,
  missing: readonly Column[],
): Promise<void> {
  const table = quoteTable(state.schema.table)
  const [row] = await query<{ lost: boolean }>(client, 'look for dropped columns', lostColumns(table), [
    table,
  ])
  if (row?.lost !== true) return
  const names = missing.map(column => column.name)
  const id = tableId(state.schema.table)
  throw new MigrationError(
    'schema.target_column_missing',
    `${id} of the target lacks ${quoted(names)}, and a column was dropped from it: perhaps this one, with the values of its rows`,
    { details: { table: id, missing: names } },
  )
}

function refuseDifferences({ state }: TableVersion, findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const isType = errors.some(({ code }) => code === 'target.column_type')
  const lines = errors.map(({ subject, message, remedy }) => `${subject}: ${message} ${remedy}`)
  throw new MigrationError(
    isType ? 'schema.target_type_differs' : 'schema.target_differs',
    `the source's table has changed, and the target cannot follow:\n- ${lines.join('\n- ')}`,
    { details: { table: tableId(state.schema.table), findings: errors } },
  )
}

function quoted(names: readonly string[]): string {
  return names.map(name => `"${name}"`).join(', ')
}
