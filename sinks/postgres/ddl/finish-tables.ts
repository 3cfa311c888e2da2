import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import type { Finding } from '../../../core/finding.ts'
import { tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { buildObject, describeObject } from './build-object.ts'
import { type BuiltObject, builtAs, isNeverValidated, readBuiltObjects } from './built-objects.ts'
import { type SecondaryObject, secondaryObjects } from './secondary-object.ts'

/** An object that the target lacks, and how much of it is there already. */
interface Unbuilt {
  readonly object: SecondaryObject
  /** A constraint that is there but not validated. */
  readonly built: BuiltObject | null
}

/** Told about each object before it is built, which can take long, and after it was built. */
export interface FinishObserver {
  begins(what: string): void
  built(what: string, seconds: number): void
}

/**
 * Builds the indexes and constraints that the tables lack, one after the other, and goes on when one is refused. Returns a
 * finding for each refused one; empty means that all are there. What exists is taken from the catalogue, so that it goes
 * on where it was interrupted. The session must have an empty search path, and no other may do the same.
 */
export async function finishTables(
  client: Client,
  tables: readonly TableSchema[],
  observer: FinishObserver,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const refused: Finding[] = []
  for (const { object, built } of await unbuilt(client, tables)) {
    if (signal.aborted) return refused
    const what = describeObject(object)
    const begunMs = performance.now()
    observer.begins(what)
    try {
      await buildObject(client, object, built)
      observer.built(what, (performance.now() - begunMs) / 1_000)
    } catch (error) {
      if (!(error instanceof MigrationError) || !isForLater(error)) throw error
      refused.push(refusal(object, error))
    }
  }
  return refused
}

/** A lock that was not to be had in time is like rows that do not fit yet: the others may still be built. */
function isForLater({ code }: MigrationError): boolean {
  return code === 'target.constraint_refused' || code === 'postgres.conflict'
}

/** What the tables still lack, as findings that forbid the cutover. Only reads. The session must have an empty search path. */
export async function missingObjects(
  client: Client,
  tables: readonly TableSchema[],
): Promise<readonly Finding[]> {
  return (await unbuilt(client, tables)).map(({ object }) => ({
    severity: 'error',
    code: 'target.object_missing',
    subject: describeObject(object),
    message: 'The target does not have it yet.',
    remedy: 'It is built when the copy is complete. If it was refused, the log of the sink says why.',
  }))
}

async function unbuilt(client: Client, tables: readonly TableSchema[]): Promise<readonly Unbuilt[]> {
  const refs = tables.map(({ table }) => table)
  const existing = await readBuiltObjects(client, refs)
  return secondaryObjects(tables).flatMap(object => {
    const built = builtAs(object, existing.get(tableId(object.table)) ?? [])
    const done = built !== null && (built.validated || isNeverValidated(object.definition))
    return done ? [] : [{ object, built }]
  })
}

function refusal(object: SecondaryObject, error: MigrationError): Finding {
  return {
    severity: 'error',
    code: error.code,
    subject: describeObject(object),
    message: error.message,
    remedy: error.entry.remedy,
  }
}

const neverAnalyzed = `
SELECT pg_catalog.quote_ident(s.schemaname) || '.' || pg_catalog.quote_ident(s.relname) AS name
FROM unnest($1::text[], $2::text[]) AS w(schema, name)
JOIN pg_catalog.pg_stat_all_tables s ON s.schemaname = w.schema AND s.relname = w.name
WHERE s.last_analyze IS NULL`

/** Gives the planner statistics of tables that have none of the complete copy. One that is gone by now is for its writer to tell of. */
export async function analyzeTables(client: Client, tables: readonly TableSchema[]): Promise<void> {
  const rows = await query<{ name: string }>(client, 'look for tables without statistics', neverAnalyzed, [
    tables.map(({ table }) => table.schema),
    tables.map(({ table }) => table.name),
  ])
  for (const { name } of rows) {
    try {
      await query(client, `analyze ${name}`, `ANALYZE ${name}`)
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
}

function isGone(error: unknown): boolean {
  return error instanceof MigrationError && error.details['sqlState'] === '42P01'
}
