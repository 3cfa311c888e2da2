import { parkedKeyText } from '../parked.ts'
import type { RawEvent } from '../raw-event.ts'
import type { TableBatch } from '../table-batch.ts'
import { heldBehind, type NewlyParked, parkedFor } from './parked-table.ts'
import { RawEventReader } from './raw-event-reader.ts'
import type { TableWrite } from './table-statements.ts'
import type { RefusedEntries } from './write-halves.ts'

/** What must be parked when entries are refused: with a key, all events of that key in the batch, in order. */
export function refusedEvents(batch: TableBatch, refused: readonly RefusedEntries[]): NewlyParked[] {
  if (refused.length === 0) return []
  if (!batch.version.keyed) {
    const reader = new RawEventReader(batch)
    return refused.flatMap(({ entries, error }) => parkedFor([reader.read(entries[0] ?? 0)], error))
  }
  const errors = new Map<string, RefusedEntries['error']>()
  for (const { entries, error } of refused) {
    const key = keyOf(batch, entries[0] ?? 0)
    if (!errors.has(key)) errors.set(key, error)
  }
  const events = eventsOfKeys(batch, errors.keys())
  return [...errors].flatMap(([key, error]) => parkedFor(events.get(key) ?? [], error))
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
    const behind = [...eventsOfKeys(batch, keys).values()].flat().map(heldBehind)
    return {
      write: { ...write, entries: write.entries.filter(entry => !keys.has(keyOf(batch, entry))) },
      behind,
    }
  }
}

/** The events of these keys, in the order of the keys, found in one walk: after an outage thousands of keys are refused at once. */
function eventsOfKeys(batch: TableBatch, keys: Iterable<string>): ReadonlyMap<string, readonly RawEvent[]> {
  const events = new Map<string, RawEvent[]>()
  for (const key of keys) events.set(key, [])
  const reader = new RawEventReader(batch)
  for (let entry = 0; entry < batch.count; entry++) events.get(keyOf(batch, entry))?.push(reader.read(entry))
  return events
}

/** As `parkedKeyText` has it. For entries that have a key. */
export function keyOf(batch: TableBatch, entry: number): string {
  const key = batch.bytesOf(entry).subarray(batch.keyStart(entry), batch.keyEnd(entry))
  return parkedKeyText(key, 0n)
}
