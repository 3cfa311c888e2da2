import { MigrationError } from '../../core/errors.ts'
import { quoteIdentifier, quoteTable } from '../../databases/postgres/quote.ts'
import type { TableVersion } from '../table-version.ts'
import { CopyTextWriter } from './copy-text.ts'
import { keyAmong } from './ddl/unique-keys.ts'
import { type LaterColumn, laterColumns } from './later-column.ts'
import { partialStatements, type PartialStatements } from './partial-statements.ts'
import { hasManyForms, type PlannedColumn, sameKey, sameRow } from './planned-column.ts'
import type { TargetTable } from './target-columns.ts'

/**
 * How events of one version of a table are written: the statements, made once. Rows on their way to be merged lie in a
 * temporary table of the session. It has the target's types, so that the database reads them as it would in a COPY into the
 * table itself and compares keys as values, but without length limits, which a cast would apply by cutting.
 */
export interface TablePlan {
  readonly version: TableVersion
  readonly columns: readonly PlannedColumn[]
  readonly later: readonly LaterColumn[]
  /** True: rows of this version are always deleted and inserted again, because the target cannot merge them by the key. */
  readonly replaceOnly: boolean
  readonly rows: CopyTextWriter
  readonly sql: PlanSql
  readonly partial: PartialStatements
}

export interface PlanSql {
  readonly table: string
  /** The table, without those that inherit from it. */
  readonly from: string
  readonly copy: string
  readonly stage: string
  readonly createStage: string
  readonly copyStage: string
  /** Lets the staging table number its rows in the order in which they come: column `place`, from any number on. */
  readonly numberStage: string
  /** Forgets the staged rows cheaply, as long as they are few. */
  readonly clearStage: string
  /** Forgets them together with the space that they took. */
  readonly emptyStage: string
  /** Deletes the rows that are staged as deletions. */
  readonly deleteGone: string
  /** Deletes by key what is staged to be written, in whatever form the key is there. */
  readonly deleteStaged: string
  readonly upsertStaged: string
  readonly insertStaged: string
  /** The same without the rows that break a unique constraint. */
  readonly insertAround: string
  /** Asks which rows it left out, as `nth`: counted from 0 in the order in which they came. Also gives the later ones of equal keys. */
  readonly leftOut: string
  /** Makes staged rows, given as $1 in the same way, be written no more. */
  readonly leaveOut: string
  /** The same effect as `upsertStaged`, cheaper where nearly all of the rows are there. */
  readonly updateStaged: string
  /** Gives staged rows what the rows that they replace have in later columns. */
  readonly keepLater: string
  /** Deletes as many copies of each staged row as are staged. */
  readonly deleteCopies: string
}

/** Numbers of the operations in the staging table; partial updates come after. */
export const operations = { leftOut: -1, delete: 0, write: 1, firstPartial: 2 } as const

let plans = 0

export function tablePlan(version: TableVersion, target: TargetTable): TablePlan {
  const columns = plannedColumns(version, target)
  const key = columns.filter(column => column.isKey)
  if (key.length !== version.state.schema.key.length)
    throw new MigrationError(
      'schema.target_column_missing',
      `${version.id} of the target lacks a column of its key`,
    )
  const later = laterColumns(version, target)
  const sql = planSql(version, target, { columns, later })
  const sources = columns.map(column => column.source)
  return {
    version,
    columns,
    later,
    replaceOnly:
      keyAmong(target.uniqueKeys, version.state.schema.key) === undefined ||
      columns.some(column => column.fixed && !column.isKey),
    rows: new CopyTextWriter(
      version.decoder,
      sources,
      later.map(({ text }) => text),
    ),
    sql,
    partial: partialStatements(sql, columns),
  }
}

function plannedColumns({ decoder, state }: TableVersion, target: TargetTable): PlannedColumn[] {
  const planned: PlannedColumn[] = []
  const { key } = state.schema
  const index = keyAmong(target.uniqueKeys, key)
  for (const [source, { name }] of decoder.columns.entries()) {
    const column = target.columns.find(candidate => candidate.name === name)
    // A column that the source dropped later and a newer target never had.
    if (column === undefined) continue
    planned.push({
      ...column,
      source,
      sql: quoteIdentifier(name),
      staged: `c${planned.length}`,
      isKey: key.includes(name),
      equals: index?.equals[index.columns.indexOf(name)] ?? '=',
    })
  }
  return planned
}

interface WrittenColumns {
  readonly columns: readonly PlannedColumn[]
  readonly later: readonly LaterColumn[]
}

function planSql(version: TableVersion, target: TargetTable, { columns, later }: WrittenColumns): PlanSql {
  const table = quoteTable(version.state.schema.table)
  const stageName = `switchback_stage_${++plans}`
  const stage = `pg_temp.${stageName}`
  const written = [...later, ...columns]
  const names = written.map(column => column.sql).join(', ')
  const staged = written.map(column => `s.${column.staged}`).join(', ')
  const types = written.map(
    ({ staged: name, type, plainType, collate }) =>
      `${name} ${version.keyed ? plainType : type} ${version.keyed ? collate : ''}`,
  )
  const from = target.partitioned ? table : `ONLY ${table}`
  const key = columns.filter(column => column.isKey)
  const columnNames = ['op', ...written.map(column => column.staged)].join(', ')
  const insertStaged = `INSERT INTO ${table} AS t (${names}) OVERRIDING SYSTEM VALUE SELECT ${staged} FROM ${stage} s WHERE s.op = 1`
  return {
    table,
    from,
    stage,
    // A table may have no columns, and an empty list is an error.
    copy: `COPY ${table} ${names === '' ? '' : `(${names})`} FROM STDIN`,
    createStage: `CREATE TEMP TABLE IF NOT EXISTS ${stageName} (${['op int2 NOT NULL', ...types].join(', ')})`,
    copyStage: `COPY ${stage} (${columnNames}) FROM STDIN`,
    numberStage: `CREATE TEMP SEQUENCE IF NOT EXISTS switchback_place;
ALTER TABLE ${stage} ADD COLUMN IF NOT EXISTS place bigint DEFAULT nextval('pg_temp.switchback_place')`,
    clearStage: `DELETE FROM ${stage}`,
    emptyStage: `TRUNCATE ${stage}`,
    deleteGone: `DELETE FROM ${from} t USING ${stage} s WHERE s.op = ${operations.delete} AND ${sameRow(columns)}`,
    deleteStaged: `DELETE FROM ${from} t USING ${stage} s WHERE s.op = ${operations.write} AND ${sameKey(columns)}`,
    upsertStaged: `${insertStaged} ${onConflict(columns)}`,
    insertStaged,
    insertAround: `${insertStaged} ON CONFLICT DO NOTHING`,
    leftOut: leftOut(from, stage, key),
    leaveOut: `UPDATE ${stage} SET op = ${operations.leftOut} WHERE place - (SELECT min(place) FROM ${stage}) = ANY ($1)`,
    updateStaged: updateStaged({ from, stage, insertStaged }, columns),
    keepLater: keepLater(from, stage, { columns, later }),
    deleteCopies: deleteCopies(from, stage, columns),
  }
}

function onConflict(columns: readonly PlannedColumn[]): string {
  const key = columns.filter(column => column.isKey).map(column => column.sql)
  const rest = updatable(columns).map(({ sql }) => `${sql} = EXCLUDED.${sql}`)
  return `ON CONFLICT (${key.join(', ')}) DO ${rest.length === 0 ? 'NOTHING' : `UPDATE SET ${rest.join(', ')}`}`
}

function updatable(columns: readonly PlannedColumn[]): readonly PlannedColumn[] {
  return columns.filter(column => !column.isKey || (hasManyForms(column) && !column.fixed))
}

/** Looks each row up once, where ON CONFLICT goes through the index twice. */
function updateStaged(
  { from, stage, insertStaged }: Pick<PlanSql, 'from' | 'stage' | 'insertStaged'>,
  columns: readonly PlannedColumn[],
): string {
  const set = updatable(columns).map(({ sql, staged }) => `${sql} = s.${staged}`)
  if (set.length === 0) return `${insertStaged} ${onConflict(columns)}`
  return `WITH found AS (
  UPDATE ${from} t SET ${set.join(', ')} FROM ${stage} s WHERE s.op = ${operations.write} AND ${sameKey(columns)}
  RETURNING s.ctid AS place
)
${insertStaged} AND s.ctid NOT IN (SELECT place FROM found)`
}

function leftOut(from: string, stage: string, key: readonly PlannedColumn[]): string {
  const staged = key.map(column => `s.${column.staged}`).join(', ')
  return `SELECT (s.place - s.first)::int AS nth FROM (
  SELECT s.*, min(place) OVER () AS first, row_number() OVER (PARTITION BY s.op, ${staged} ORDER BY s.place) AS copy FROM ${stage} s
) s WHERE s.op = ${operations.write} AND (s.copy > 1 OR NOT EXISTS (SELECT FROM ${from} t WHERE ${sameKey(key)}))`
}

function keepLater(from: string, stage: string, { columns, later }: WrittenColumns): string {
  const set = later.map(column => `${column.staged} = t.${column.sql}`).join(', ')
  return `UPDATE ${stage} s SET ${set} FROM ${from} t WHERE s.op = ${operations.write} AND ${sameKey(columns)}`
}

/** Rows are compared as text: not every type has an equality, and where it has, equal values may look different. */
function deleteCopies(from: string, stage: string, columns: readonly PlannedColumn[]): string {
  const target = columns.map(column => `t.${column.sql}`).join(', ')
  const staged = columns.map(column => `s.${column.staged}`).join(', ')
  return `WITH wanted AS (
  SELECT ROW(${staged})::text AS row_text, count(*) AS copies FROM ${stage} s GROUP BY 1
), found AS (
  SELECT t.tableoid AS part, t.ctid AS place, w.copies,
         row_number() OVER (PARTITION BY w.row_text ORDER BY t.tableoid, t.ctid) AS nth
  FROM ${from} t JOIN wanted w ON ROW(${target})::text = w.row_text
)
DELETE FROM ${from} t USING found f WHERE t.tableoid = f.part AND t.ctid = f.place AND f.nth <= f.copies`
}
