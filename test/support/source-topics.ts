import { ByteWriter } from '../../core/byte-writer.ts'
import type { EncodedRecords, Log } from '../../kafka/log.ts'
import { partitionFor } from '../../kafka/murmur2.ts'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { encodeHeaders } from '../../kafka/record-headers.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { keyAvroSchema, valueAvroSchema } from '../../schemas/avro-schemas.ts'
import { changeDecoder } from '../../schemas/change-decoder.ts'
import { changeEncoder } from '../../schemas/change-encoder.ts'
import type { Change, Operation } from '../../schemas/change.ts'
import type { ChangeDecoder } from '../../schemas/decoder.ts'
import { type ChangeEncoder, headerNames } from '../../schemas/encoder.ts'
import { partitionKey } from '../../schemas/partition-key.ts'
import { encodeState } from '../../schemas/state-records.ts'
import type { TableState } from '../../schemas/state.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { deadLetterTopic, stateTopic, topicFor } from '../../schemas/topic-names.ts'
import { slicesOf, type TextRow } from './text-row.ts'

export interface SourceEvent {
  readonly op: Operation
  readonly old?: TextRow
  readonly row?: TextRow
  /** A partial update of a table whose snapshot is not finished. */
  readonly open?: boolean
  /** Default: by the key. */
  readonly partition?: number
}

export interface SourceTable {
  readonly state: TableState
  readonly encoder: ChangeEncoder
}

/** Writes topics as a connector does, without a database. Each `publish` is a transaction of the source. */
export class SourceTopics {
  readonly #log: Log
  readonly #migration: string
  readonly #decoders = new Map<number, ChangeDecoder>()
  #schemaId = 0
  #commit = 1_000n

  constructor(log: Log, migration: string) {
    this.#log = log
    this.#migration = migration
  }

  readonly decoder = async (schemaId: number): Promise<ChangeDecoder> => {
    const decoder = this.#decoders.get(schemaId)
    if (decoder === undefined) throw new Error(`no schema ${schemaId}`)
    return decoder
  }

  /** A table, or a new version of one. */
  async table(schema: TableSchema, partitions: number): Promise<SourceTable> {
    const topic = topicFor(this.#migration, schema.table, new Set())
    const own = { partitions: 1, replication: 1, config: {} }
    await this.#log.ensureTopics([
      { ...own, topic, partitions, compacted: false },
      { ...own, topic: stateTopic(this.#migration), compacted: true },
      { ...own, topic: deadLetterTopic(this.#migration), compacted: false },
    ])
    const keySchemaId = keyAvroSchema(schema, topic) === null ? null : ++this.#schemaId
    const valueSchemaId = ++this.#schemaId
    this.#decoders.set(valueSchemaId, changeDecoder(valueAvroSchema(schema, topic)))
    const ids = { keySchemaId, valueSchemaId }
    const encoder = changeEncoder(schema, { topicPrefix: this.#migration, database: 'shop', ...ids })
    const topicId = (await this.#log.topicIds([topic])).get(topic) ?? ''
    const state: TableState = { kind: 'table', format: 1, schema, topic, topicId, partitions, ...ids }
    await this.#log.append(encodeState(stateTopic(this.#migration), [state]))
    return { state, encoder }
  }

  async publish(table: SourceTable, events: readonly SourceEvent[]): Promise<void> {
    this.#commit += 100n
    for (const records of this.#encode(table, events)) await this.#log.append(records)
  }

  /** More of the transaction that was published last, beginning with its first event. */
  async publishAgain(table: SourceTable, events: readonly SourceEvent[]): Promise<void> {
    for (const records of this.#encode(table, events)) await this.#log.append(records)
  }

  /** In a transaction of Kafka. */
  async publishInTransaction(table: SourceTable, events: readonly SourceEvent[]): Promise<void> {
    this.#commit += 100n
    const writer = await this.#log.writer(this.#migration)
    await writer.transaction(tx => tx.publish(this.#encode(table, events)))
    await writer.close()
  }

  #encode(table: SourceTable, events: readonly SourceEvent[]): EncodedRecords[] {
    const writers = new Map<number, RecordBatchWriter>()
    for (const [index, event] of events.entries())
      for (const partition of partitionsOf(table, event)) {
        const writer = writers.get(partition) ?? new RecordBatchWriter(1024)
        writers.set(partition, writer)
        write(writer, table, event, { previousCommit: this.#commit, totalOrder: index + 1 })
      }
    return [...writers].map(([partition, writer]) => writer.encoded(table.state.topic, partition))
  }
}

interface Order {
  readonly previousCommit: bigint
  readonly totalOrder: number
}

function write(writer: RecordBatchWriter, table: SourceTable, event: SourceEvent, order: Order): void {
  const { schema } = table.state
  const row = event.row ?? event.old
  const key = new ByteWriter()
  if (row !== undefined && schema.key.length > 0) table.encoder.key(slicesOf(schema, row), key)
  const value = new ByteWriter()
  const headers = table.encoder.value(changeOf(schema, event, order), value) ?? []
  const all = event.open === true ? [...headers, [headerNames.open, Buffer.from('true')] as const] : headers
  const keyBytes = key.position === 0 ? null : Buffer.from(key.written())
  const encoded = all.length === 0 ? null : encodeHeaders(all)
  writer.append(recordSpan(keyBytes, Buffer.from(value.written())), encoded)
  if (event.op === 'd' && keyBytes !== null) writer.append(recordSpan(keyBytes, null), null)
}

function changeOf(schema: TableSchema, { op, old, row }: SourceEvent, order: Order): Change {
  const snapshot = op === 'r'
  const nowUs = BigInt(Date.now()) * 1000n
  return {
    op,
    before: old === undefined ? null : slicesOf(schema, old),
    beforeIsKey: schema.key.length > 0,
    after: row === undefined ? null : slicesOf(schema, row),
    origin: {
      snapshot,
      committedAtUs: nowUs,
      transactionId: snapshot ? null : 1,
      previousCommit: snapshot ? null : order.previousCommit,
    },
    lsn: order.previousCommit + 50n,
    totalOrder: order.totalOrder,
    collectionOrder: order.totalOrder,
    seenAtUs: nowUs,
  }
}

function partitionsOf({ state }: SourceTable, event: SourceEvent): readonly number[] {
  const { schema, partitions } = state
  if (event.op === 't' && event.partition === undefined)
    return Array.from({ length: partitions }, (_, partition) => partition)
  const row = event.row ?? event.old
  if (event.partition !== undefined || row === undefined) return [event.partition ?? 0]
  const bytes = new ByteWriter()
  partitionKey(schema).write(slicesOf(schema, row), bytes)
  return [schema.key.length === 0 ? 0 : partitionFor(bytes.buffer, 0, bytes.position, partitions)]
}
