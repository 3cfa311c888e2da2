import { MigrationError } from '../core/errors.ts'
import { type TableRef, tableId } from '../core/table-ref.ts'
import { changedKeyColumn } from './key-columns.ts'
import type { TableState } from '../schemas/state.ts'
import type { StoredState } from '../schemas/stored-state.ts'
import { refuseRenamed } from './refuse-renamed.ts'
import type { PublishedTable } from './published-table.ts'
import type { Column, TableSchema } from '../schemas/table-schema.ts'

/**
 * A known table must have been in the publication all the time: else changes of it are missing. To be asked before the
 * publication is adapted, which would hide the gap from the next start.
 */
export function refuseGaps(
  described: readonly TableSchema[],
  published: readonly PublishedTable[],
  stored: StoredState,
): void {
  const known = described.flatMap(({ table }) => stored.tables.get(tableId(table)) ?? [])
  const gap = unpublished(known, published)
  if (gap !== null) throw publicationChanged(gap)
}

/** Whether a known table must be published in the way it was: the source may be told to tell more or less of one whose rows are identified otherwise now. */
export function isIdentifiedAsBefore(now: TableSchema, stored: StoredState): boolean {
  const before = stored.tables.get(tableId(now.table))?.schema
  return before?.identity === now.identity && hasSameKey(before, now)
}

function hasSameKey(before: TableSchema, now: TableSchema): boolean {
  return JSON.stringify(before.key) === JSON.stringify(now.key)
}

/** The first of the tables that is not published as it was when it joined, or null. */
export function unpublished(
  known: readonly TableState[],
  published: readonly PublishedTable[],
): TableState | null {
  const marks = new Map(published.map(table => [tableId(table), table.mark]))
  const isAsBefore = ({ schema, published: before }: TableState) => {
    const now = marks.get(tableId(schema.table))
    return now !== undefined && (before === undefined || before === now)
  }
  return known.find(state => !isAsBefore(state)) ?? null
}

export function publicationChanged({ schema }: TableState): MigrationError {
  const table = tableId(schema.table)
  const found = `${table} is being migrated, but was taken out of the publication or is published in another way since`
  return new MigrationError('source.publication_changed', found, { details: { table } })
}

/**
 * A known table that is still asked for must be there: one that was dropped or renamed is not left out without a word. Throws
 * `source.table_missing`.
 */
export function refuseLost(
  found: readonly TableRef[],
  stored: StoredState,
  wants: (table: TableRef) => boolean,
): void {
  const there = new Set(found.map(tableId))
  for (const [id, { schema }] of stored.tables)
    if (!there.has(id) && wants(schema.table))
      throw new MigrationError('source.table_missing', `${id} is being migrated, but is not there any more`, {
        details: { table: id },
      })
}

/**
 * A known table must be the same one, with rows identified as before. To be asked before the publication is adapted: a table that lost its key
 * would go on with inserts alone, and its updates and deletes would be missing.
 */
export function refuseOtherTables(described: readonly TableSchema[], stored: StoredState): void {
  for (const schema of described) {
    const known = stored.tables.get(tableId(schema.table))
    if (known === undefined) continue
    refuseNamesake(known.schema, schema)
    refuseRenamed(known.schema, schema)
    refuseNewKey(known.schema, schema)
  }
}

/** Tables that swap their names keep their places in the publication. */
function refuseNamesake(before: TableSchema, now: TableSchema): void {
  if (before.id === undefined || before.id === now.id) return
  const table = tableId(before.table)
  throw new MigrationError('source.table_missing', `${table} is the name of another table now`, {
    details: { table },
  })
}

/** Throws `schema.key_changed` when rows of the table can no longer be matched with those before, or lie in another order. */
export function refuseNewKey(before: TableSchema, now: TableSchema): void {
  const table = tableId(before.table)
  const refuse = (found: string) => new MigrationError('schema.key_changed', found, { details: { table } })
  if (!hasSameKey(before, now))
    throw refuse(`the key of ${table} changed from (${before.key.join(', ')}) to (${now.key.join(', ')})`)
  const column = changedKeyColumn(before, now)
  if (column !== null)
    throw refuse(
      `key column ${column.now.name} of ${table} changed from ${typeOf(column.before)} to ${typeOf(column.now)}`,
    )
  if (tellsOldRows(before) && !tellsOldRows(now))
    throw refuse(`the log does not tell the old rows of ${table} any more: its replica identity changed`)
}

function typeOf({ type, collation }: Column): string {
  return collation === null ? type.sql : `${type.sql} COLLATE ${collation}`
}

function tellsOldRows({ identity, key }: TableSchema): boolean {
  return identity === 'full' || (identity !== 'nothing' && key.length > 0)
}
