import { MigrationError } from '../../core/errors.ts'
import { allEntries, newestPerKey } from '../compact.ts'
import { effect, type TableBatch } from '../table-batch.ts'
import type { Statement } from './script.ts'
import { type StagedOperations, stagedOperations } from './staged-operations.ts'
import type { TablePlan } from './table-plan.ts'

/** So many new rows are worth a COPY of their own, which costs a round trip. */
const manyRows = 500

/**
 * copy: new rows straight into the table, the others by the key. merge: by the key, over rows that may be there. replace: deleted and
 * inserted again, so that rows can exchange unique values. around: the same, leaving out rows whose unique values are taken.
 */
export type WriteMode = 'copy' | 'merge' | 'replace' | 'around'

/** Entries of one batch, as they are to be written. */
export interface TableWrite {
  readonly plan: TablePlan
  readonly batch: TableBatch
  readonly entries: Int32Array
  readonly mode: WriteMode
}

/** Picks the entries that a mode needs: a copy of new rows takes them as they come. */
export function tableWrite(plan: TablePlan, batch: TableBatch, mode: WriteMode): TableWrite {
  if (!batch.version.keyed || (mode === 'copy' && batch.plain))
    return { plan, batch, entries: allEntries(batch), mode }
  return { plan, batch, entries: newestPerKey(batch), mode }
}

/** Whether `tableStatements` go through the staging table: new rows alone go straight into the table. */
export function needsStage({ batch, entries, mode }: TableWrite): boolean {
  if (batch.version.keyed) return mode !== 'copy' || !batch.plain
  return entries.some(entry => batch.effectOf(entry) === effect.deleted)
}

/** The statements that apply entries. They leave their rows in the staging table until it is used again. */
export function tableStatements(write: TableWrite): Statement[] {
  const { plan, batch, mode } = write
  if (!batch.version.keyed) return bagStatements(write)
  if (mode === 'copy' && batch.plain) return [copyInto(plan.sql.copy, write, null)]
  if (mode === 'copy' && !plan.replaceOnly) return splitStatements(write)
  return stagedStatements(write, plan.sql.upsertStaged)
}

/** The new rows, when they are many, apart from the others. */
function splitStatements(write: TableWrite): Statement[] {
  const { plan, batch, entries } = write
  const isFresh = (entry: number) => batch.isNew(entry) && batch.effectOf(entry) === effect.whole
  const fresh = entries.filter(isFresh)
  if (fresh.length < manyRows) return stagedStatements(write, plan.sql.upsertStaged)
  const others = { ...write, entries: entries.filter(entry => !isFresh(entry)) }
  return [
    ...stagedStatements(others, plan.sql.updateStaged),
    copyInto(plan.sql.copy, { ...write, entries: fresh }, null),
  ]
}

function stagedStatements(write: TableWrite, writeRows: string): Statement[] {
  const { plan, mode } = write
  if (mode !== 'replace' && mode !== 'around' && !plan.replaceOnly) {
    const { stage, staged } = staging(write)
    return [...stage, ...mergeStatements(plan, staged, writeRows)]
  }
  const { stage, replace } = replaceStatements(write)
  return [...stage, ...replace]
}

/** `stage` deletes what goes, and makes whole rows of the staged ones; `replace` can be undone and repeated with fewer rows. */
export function replaceStatements(write: TableWrite): { stage: Statement[]; replace: Statement[] } {
  const { sql } = write.plan
  const { stage, staged } = staging(write)
  const insert = write.mode === 'around' ? sql.insertAround : sql.insertStaged
  return {
    stage: [...stage, ...completeStatements(write.plan, staged)],
    replace: [{ sql: sql.deleteStaged }, { sql: insert }],
  }
}

function staging(write: TableWrite): { stage: Statement[]; staged: StagedOperations } {
  const { plan, batch, entries } = write
  const staged = stagedOperations(plan, batch, entries)
  const copy = copyInto(plan.sql.copyStage, write, staged.operation)
  return { stage: [{ sql: plan.sql.clearStage }, copy], staged }
}

/** Whether a statement after the last COPY has an expectation, so that a COMMIT must wait for its answer. */
export function needsAnswer(statements: readonly Statement[]): boolean {
  const lastCopy = statements.findLastIndex(statement => statement.rows !== undefined)
  return statements.some((statement, index) => index > lastCopy && statement.expect !== undefined)
}

function mergeStatements(
  { sql, partial, version }: TablePlan,
  staged: StagedOperations,
  writeRows: string,
): Statement[] {
  const statements: Statement[] = []
  if (staged.deletes > 0) statements.push({ sql: sql.deleteGone })
  if (staged.writes > 0) statements.push({ sql: writeRows })
  for (const { operation, carried, rows, open } of staged.partials)
    statements.push(found(partial.update(carried, operation), open ? null : rows, version.id))
  return statements
}

function completeStatements(
  { sql, partial, version, later }: TablePlan,
  staged: StagedOperations,
): Statement[] {
  const statements: Statement[] = []
  if (staged.deletes > 0) statements.push({ sql: sql.deleteGone })
  for (const { operation, carried, rows, open } of staged.partials)
    statements.push(found(partial.complete(carried, operation), open ? null : rows, version.id))
  if (later.length > 0) statements.push({ sql: sql.keepLater })
  return statements
}

/** A bag: inserts come first, because a row may be inserted and deleted in one batch. */
function bagStatements({ plan, batch, entries, mode }: TableWrite): Statement[] {
  const { sql } = plan
  const inserts = entries.filter(entry => batch.effectOf(entry) !== effect.deleted)
  const deletes = entries.filter(entry => batch.effectOf(entry) === effect.deleted)
  const statements: Statement[] = []
  if (inserts.length > 0) statements.push(copyInto(sql.copy, { plan, batch, entries: inserts, mode }, null))
  if (deletes.length === 0) return statements
  const gone = { plan, batch, entries: deletes, mode }
  return [
    ...statements,
    { sql: sql.clearStage },
    copyInto(sql.copyStage, gone, new Int16Array(deletes.length)),
    { sql: 'SET LOCAL enable_hashjoin = on' },
    found(sql.deleteCopies, deletes.length, plan.version.id),
    { sql: 'SET LOCAL enable_hashjoin = off' },
  ]
}

function copyInto(
  sql: string,
  { plan, batch, entries }: TableWrite,
  operation: Int16Array | null,
): Statement {
  return {
    sql,
    rows: emit => {
      plan.rows.write(batch, entries, operation, emit)
    },
  }
}

function found(sql: string, rows: number | null, table: string): Statement {
  if (rows === null) return { sql }
  const otherwise = () =>
    new MigrationError('sink.row_missing', `${table}: an update or delete found no row in the target`, {
      details: { table },
    })
  return { sql, expect: { rows, otherwise } }
}
