import type { EncodedRecords } from '../kafka/log.ts'
import { RecordBatchWriter } from '../kafka/record-batch-writer.ts'
import { recordSpan } from '../kafka/record-span.ts'
import type { StateRecord } from './state.ts'
import { stateKey } from './stored-state.ts'

/** A record to store, or the key of one to forget. */
export type StateChange = StateRecord | { readonly kind: 'forget'; readonly key: string }

/** Encodes state records, in order, for the only partition of the state topic. */
export function encodeState(topic: string, changes: readonly StateChange[]): EncodedRecords {
  const writer = new RecordBatchWriter(1024)
  for (const change of changes) {
    const key = Buffer.from(change.kind === 'forget' ? change.key : stateKey(change))
    const value = change.kind === 'forget' ? null : Buffer.from(JSON.stringify(change))
    writer.append(recordSpan(key, value), null)
  }
  return writer.encoded(topic, 0)
}
