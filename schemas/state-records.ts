import type { EncodedRecords } from '../kafka/log.ts'
import { RecordBatchWriter } from '../kafka/record-batch-writer.ts'
import { recordSpan } from '../kafka/record-span.ts'
import type { StateRecord } from './state.ts'
import { stateKey } from './stored-state.ts'

/** A record to store, or the key of one to forget. */
export type StateChange = StateRecord | { readonly kind: 'forget'; readonly key: string }

/** A topic limits the size of a batch, and the tables of a large database have more to say than that at the first start. */
const batchBytes = 1 << 20

/** Encodes state records, in order, in batches to be published one after the other. */
export function stateBatches(topic: string, changes: readonly StateChange[]): EncodedRecords[] {
  const batches: EncodedRecords[] = []
  let writer = new RecordBatchWriter(1024)
  for (const change of changes) {
    append(writer, change)
    if (writer.bytes < batchBytes) continue
    batches.push(writer.encoded(topic, 0))
    writer = new RecordBatchWriter(1024)
  }
  if (writer.count > 0) batches.push(writer.encoded(topic, 0))
  return batches
}

/** Encodes state records, in order, for the only partition of the state topic. */
export function encodeState(topic: string, changes: readonly StateChange[]): EncodedRecords {
  const writer = new RecordBatchWriter(1024)
  for (const change of changes) append(writer, change)
  return writer.encoded(topic, 0)
}

function append(writer: RecordBatchWriter, change: StateChange): void {
  const key = Buffer.from(change.kind === 'forget' ? change.key : stateKey(change))
  const value = change.kind === 'forget' ? null : Buffer.from(JSON.stringify(change))
  writer.append(recordSpan(key, value), null)
}
