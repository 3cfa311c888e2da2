import { parkedKeyText } from '../parked.ts'
import { findRawEvent, type RawEvent } from '../raw-event.ts'
import type { TableBatch } from '../table-batch.ts'
import { heldBehind, type NewlyParked, parkedFor } from './parked-table.ts'
import type { TableWrite } from './table-statements.ts'
import type { RefusedEntries } from './write-halves.ts'

/** What must be parked when entries are refused: with a key, all events of that key in the batch, in order. */
export function refusedEvents(batch: TableBatch, refused: readonly RefusedEntries[]): NewlyParked[] {
  const done = new Set<string>()
  return refused.flatMap(({ entries, error }) => {
    const entry = entries[0] ?? 0
    if (!batch.version.keyed) return parkedFor([rawEvent(batch, entry)], error)
    const key = keyOf(batch, entry)
    if (done.has(key)) return []
    done.add(key)
    return parkedFor(eventsOfKey(batch, key), error)
  })
}

/** The keys that were parked while a batch was written. Later events of theirs, in a newer version, go behind them. */
export class ParkedInBatch {
  readonly #keys = new Map<string, Set<string>>()

  add(batch: TableBatch, refused: readonly RefusedEntries[]): void {
    if (!batch.version.keyed || refused.length === 0) return
    const keys = this.#keys.get(batch.version.id) ?? new Set<string>()
    this.#keys.set(batch.version.id, keys)
    for (const { entries } of refused) keys.add(keyOf(batch, entries[0] ?? 0))
  }

  without(write: TableWrite): { readonly write: TableWrite; readonly behind: readonly NewlyParked[] } {
    const { batch } = write
    const keys = this.#keys.get(batch.version.id)
    if (keys === undefined) return { write, behind: [] }
    const behind = [...keys].flatMap(key => eventsOfKey(batch, key)).map(heldBehind)
    return {
      write: { ...write, entries: write.entries.filter(entry => !keys.has(keyOf(batch, entry))) },
      behind,
    }
  }
}

function eventsOfKey(batch: TableBatch, key: string): RawEvent[] {
  const events: RawEvent[] = []
  for (let entry = 0; entry < batch.count; entry++)
    if (keyOf(batch, entry) === key) events.push(rawEvent(batch, entry))
  return events
}

/** As `parkedKeyText` has it. For entries that have a key. */
export function keyOf(batch: TableBatch, entry: number): string {
  const key = batch.bytesOf(entry).subarray(batch.keyStart(entry), batch.keyEnd(entry))
  return parkedKeyText(key, 0n)
}

function rawEvent(batch: TableBatch, entry: number): RawEvent {
  return findRawEvent(batch.sourceOf(entry), batch.offsetDelta(entry))
}
