import type { RecordSpan } from '../../kafka/record-span.ts'
import type { EncodedValue } from '../../schemas/overlay.ts'

/**
 * An event of a keyed table that was just published, as far as the snapshot needs to know it. Kept: a fresh object for
 * every event. Only events of open tables need to be told.
 */
export interface PublishedChange {
  /** `tableId`. */
  readonly table: string
  /** 64 bits: widened with the newest visibility. */
  readonly transaction: bigint
  /** `keyText` before and after: null before an insert and after a delete, equal for an update that leaves the key alone. */
  readonly oldKey: string | null
  readonly newKey: string | null
  /** The published value when it lacks columns (`sb.unchanged`), as a copy; null when the event carries the whole row. */
  readonly partial: EncodedValue | null
}

/** A truncate of one table that was just published. */
export interface PublishedTruncate {
  readonly table: string
  readonly transaction: bigint
}

/** A record's key bytes as a text for maps: equal texts are equal bytes. */
export function keyText(record: RecordSpan): string {
  return latin1Slice.call(record.bytes, record.keyStart, record.keyEnd)
}

// Works on any byte array, without making a Buffer for each key.
const latin1Slice = Buffer.prototype.latin1Slice
