import type { FetchedBatch } from '../../kafka/log.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'
import { findRawEvent, type RawEvent, rawEventAt } from '../raw-event.ts'
import type { TableBatch } from '../table-batch.ts'

/** Gives the events of entries again. In ascending order they cost one walk over the fetched records, however many they are. */
export class RawEventReader {
  readonly #batch: TableBatch
  readonly #cursor = new RecordCursor()
  /** The fetched batch over which the cursor goes. */
  #source: FetchedBatch | null = null

  constructor(batch: TableBatch) {
    this.#batch = batch
  }

  read(entry: number): RawEvent {
    const source = this.#batch.sourceOf(entry)
    const offsetDelta = this.#batch.offsetDelta(entry)
    const cursor = this.#cursor
    if (source !== this.#source) {
      this.#source = source
      cursor.open(source)
      cursor.next()
    }
    while (cursor.offsetDelta < offsetDelta && cursor.next());
    // Not ahead of the cursor: an entry out of order, or a batch that has changed.
    return cursor.offsetDelta === offsetDelta ? rawEventAt(source, cursor) : findRawEvent(source, offsetDelta)
  }
}
