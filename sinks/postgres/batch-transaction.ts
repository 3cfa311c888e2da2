import type { OnConflict } from '../sink.ts'
import type { SinkBatch } from '../sink-batch.ts'
import type { TableBatch } from '../table-batch.ts'
import { heldBehind, insertParked, type NewlyParked } from './parked-table.ts'
import { advanceStatement, type Ownership } from './progress-table.ts'
import { isUniqueViolation } from './refusal.ts'
import { ParkedInBatch, refusedEvents } from './refused-events.ts'
import type { Statement } from './script.ts'
import type { TablePlan } from './table-plan.ts'
import { needsAnswer, needsStage, tableStatements, tableWrite, type WriteMode } from './table-statements.ts'
import { writeOrRefuse } from './write-or-refuse.ts'
import type { WriterSession } from './writer-session.ts'

/** A batch with what is needed to write it. */
export interface PlannedBatch {
  readonly batch: SinkBatch
  readonly ours: Ownership
  readonly planOf: (table: TableBatch) => TablePlan
}

export type ModeOf = (table: TableBatch) => WriteMode

/** Writes a batch and its progress in one transaction, in one round trip and one for each COPY, if nothing is in the way. */
export async function writeBatch(
  session: WriterSession,
  planned: PlannedBatch,
  modeOf: ModeOf,
): Promise<void> {
  const { batch, ours, planOf } = planned
  const writes = batch.tables.map(table => tableWrite(planOf(table), table, modeOf(table)))
  const staged = writes.filter(needsStage).map(write => ({ plan: write.plan, table: write.batch }))
  const full = await session.stage(staged)
  const statements: Statement[] = [
    { sql: 'BEGIN' },
    advanceStatement(ours, batch.advances),
    ...Array.from(full, ({ sql }) => ({ sql: sql.emptyStage })),
    ...writes.flatMap(tableStatements),
  ]
  const commitsAtOnce = batch.held.length === 0 && !needsAnswer(statements)
  await session.run(commitsAtOnce ? [...statements, { sql: 'COMMIT' }] : statements)
  if (!commitsAtOnce) {
    await insertParked(session.client, ours.migration, batch.held.map(heldBehind))
    await session.execute('COMMIT')
  }
  session.noteEmptied(full, staged)
}

/** The same for a batch of which something is refused: that is parked, in the same transaction. False: nothing was refused. */
export async function writeAndPark(
  session: WriterSession,
  planned: PlannedBatch,
  onConflict: OnConflict,
): Promise<'applied' | 'parked' | 'conflict'> {
  const { batch, ours, planOf } = planned
  await session.stage(batch.tables.map(table => ({ plan: planOf(table), table })))
  await session.run([{ sql: 'BEGIN' }, advanceStatement(ours, batch.advances)])
  let parked: readonly NewlyParked[] = []
  const keys = new ParkedInBatch()
  for (const table of batch.tables) {
    const { write, behind } = keys.without(tableWrite(planOf(table), table, 'replace'))
    const refused = await writeOrRefuse(session, write)
    if (onConflict === 'wait' && refused.some(({ error }) => isUniqueViolation(error))) {
      await session.execute('ROLLBACK')
      return 'conflict'
    }
    keys.add(table, refused)
    parked = [...parked, ...refusedEvents(table, refused), ...behind]
  }
  await insertParked(session.client, ours.migration, [...parked, ...batch.held.map(heldBehind)])
  await session.execute('COMMIT')
  return parked.length === 0 ? 'applied' : 'parked'
}
