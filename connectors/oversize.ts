import type { Telemetry } from '../core/telemetry.ts'
import { encodeHeaders } from '../kafka/record-headers.ts'
import { type RecordSpan, recordSpan } from '../kafka/record-span.ts'
import type { FieldSlices } from '../schemas/field-slices.ts'
import { keyAvroSchema } from '../schemas/avro-schemas.ts'
import { encodedKeyJson } from '../schemas/key-json.ts'
import { deadLetterTopic } from '../schemas/topic-names.ts'
import type { CapturedTable } from './captured-table.ts'
import { keyJson } from './key-json.ts'
import type { PublishBatch } from './publish-batch.ts'
import type { RecordComposer } from './record-composer.ts'
import type { FoldedRow } from './snapshot/snapshot-table.ts'

/** A key that is too large itself is named by its beginning. */
const mostKeyBytes = 1024

/**
 * Records that no topic accepts. Their key goes to the dead-letter topic with table and size, no later than the Kafka
 * transaction in which the record itself would have been published; the value is too large to travel.
 */
export class OversizeRecords {
  readonly #topic: string
  readonly #maxRecordBytes: number
  readonly #telemetry: Telemetry
  #parked: { readonly key: Buffer; readonly headers: Buffer }[] = []

  constructor(migration: string, maxRecordBytes: number, telemetry: Telemetry) {
    this.#topic = deadLetterTopic(migration)
    this.#maxRecordBytes = maxRecordBytes
    this.#telemetry = telemetry
  }

  /** True: the record is too large, and is parked instead. */
  refuses(table: CapturedTable, record: RecordComposer, row: FieldSlices): boolean {
    if (record.size <= this.#maxRecordBytes) return false
    this.#park(
      table,
      { key: keyOf(record), partition: record.partition, bytes: record.size },
      keyJson(table, row),
    )
    return true
  }

  /** The same for a row that has grown after it was composed. */
  refusesFolded(table: CapturedTable, record: FoldedRow): boolean {
    const key = keyOf(record.span)
    const bytes = key.length + record.span.valueEnd - record.span.valueStart + (record.headers?.length ?? 0)
    if (bytes <= this.#maxRecordBytes) return false
    const { schema, topic } = table.state
    const json = encodedKeyJson(schema, keyAvroSchema(schema, topic), key)
    this.#park(table, { partition: record.partition, bytes, key }, Buffer.from(json))
    return true
  }

  #park(table: CapturedTable, { key, partition, bytes }: TooLarge, keyText: Buffer): void {
    const facts = {
      code: 'event.too_large',
      table: table.id,
      key: keyText.toString('utf8', 0, mostKeyBytes),
      topic: table.state.topic,
      partition,
      bytes,
      maxRecordBytes: this.#maxRecordBytes,
    }
    const headers = Object.entries(facts).map(
      ([name, value]) => [`sb.${name}`, Buffer.from(String(value))] as const,
    )
    this.#parked.push({ key, headers: encodeHeaders(headers) })
    this.#telemetry.count('switchback_oversize_events_total', 1, { table: table.id })
    this.#telemetry.log.error(facts, 'row too large, parked')
  }

  /** Moves what is parked into a batch that is about to be published. */
  drain(batch: PublishBatch): void {
    for (const { key, headers } of this.#parked) batch.append(this.#topic, 0, recordSpan(key, null), headers)
    this.#parked = []
  }
}

interface TooLarge {
  readonly key: Buffer
  readonly partition: number
  readonly bytes: number
}

function keyOf(record: RecordSpan): Buffer {
  return Buffer.from(record.bytes.subarray(Math.max(record.keyStart, 0), Math.max(record.keyEnd, 0)))
}
