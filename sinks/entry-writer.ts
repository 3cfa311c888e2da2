import { MigrationError } from '../core/errors.ts'
import type { RecordCursor } from '../kafka/record-cursor.ts'
import type { EnvelopeView } from '../schemas/decoder.ts'
import { cellText } from './compact.ts'
import { type EventExtras, eventExtras } from './event-extras.ts'
import { absentCell, effect, type EntryKind, type TableBatch } from './table-batch.ts'

const goes: EntryKind = { effect: effect.deleted, isNew: false }
const changed: EntryKind = { effect: effect.whole, isNew: false }
const added: EntryKind = { effect: effect.whole, isNew: true }

/** Appends the entries of one event: one, or for a changed row of a table without a key the old and the new row. */
export function writeEntries(
  batch: TableBatch,
  source: number,
  cursor: RecordCursor,
  view: EnvelopeView,
): void {
  const extras = cursor.headerCount === 0 ? null : eventExtras(cursor.headers())
  const { keyed } = batch.version
  requireRows(view, keyed, cursor)
  if (view.op === 'd' || (view.op === 'u' && !keyed)) {
    const entry = batch.add(source, cursor, view.before, goes)
    if (extras !== null) setTexts(batch, entry, extras.textBefore)
    // The log need not have more of the old row: then the others hold what stands for nothing, which the target's type may not take.
    for (const column of batch.version.besideKey) batch.setAbsent(entry, column)
  }
  if (view.op === 'd') return
  const entry = batch.add(source, cursor, view.after, view.op === 'u' ? changed : added)
  // A row that is there has all of its columns, unless a header takes some away.
  if (extras !== null) completeNew(batch, entry, extras)
}

function requireRows(view: EnvelopeView, keyed: boolean, cursor: RecordCursor): void {
  const needsOld = view.op === 'd' || (view.op === 'u' && !keyed)
  if (needsOld && !view.hasBefore) throw lacks('its old row')
  if (view.op !== 'd' && !view.hasAfter) throw lacks('its new row')
  if (keyed && cursor.keyStart < 0) throw lacks('its key')
}

const lacks = (what: string) => new MigrationError('event.undecodable', `the event comes without ${what}`)

function completeNew(batch: TableBatch, entry: number, extras: EventExtras): void {
  setTexts(batch, entry, extras.text)
  for (const name of extras.unchanged) leaveOut(batch, entry, columnOf(batch, name))
  if (isWhole(batch, entry)) return
  if (!batch.version.keyed) throw lacks('columns that a table without a key needs')
  batch.setEffect(entry, extras.open ? effect.openPartial : effect.partial)
}

/** Without a key the old row is there as a whole: what did not change is in it. */
function leaveOut(batch: TableBatch, entry: number, column: number): void {
  if (batch.version.keyed) batch.setAbsent(entry, column)
  else batch.setText(entry, column, cellText(batch, entry - 1, column))
}

function setTexts(batch: TableBatch, entry: number, texts: ReadonlyMap<string, string | null>): void {
  for (const [name, text] of texts)
    batch.setText(entry, columnOf(batch, name), text === null ? null : Buffer.from(text))
}

function columnOf(batch: TableBatch, name: string): number {
  const column = batch.version.decoder.columns.findIndex(candidate => candidate.name === name)
  if (column >= 0) return column
  throw new MigrationError(
    'event.undecodable',
    `a header names the column "${name}", which the row does not have`,
  )
}

function isWhole(batch: TableBatch, entry: number): boolean {
  for (let column = 0; column < batch.columns; column++)
    if (batch.start(entry, column) === absentCell) return false
  return true
}
