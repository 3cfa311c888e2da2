import type { FetchedBatch } from '../../kafka/log.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { BatchBuilder } from '../../sinks/batch-builder.ts'
import { noOrder } from '../../sinks/event-order.ts'
import { partitionState } from '../../sinks/partition-state.ts'
import type { TableBatch } from '../../sinks/table-batch.ts'
import { tableReader } from '../../sinks/table-reader.ts'
import { tableVersion } from '../../sinks/table-version.ts'
import { type SourceEvent, SourceTopics } from './source-topics.ts'

/** What a sink makes of the events, each list of which is a transaction of the source and a batch of Kafka. */
export async function tableBatchOf(
  schema: TableSchema,
  ...transactions: readonly (readonly SourceEvent[])[]
): Promise<TableBatch> {
  const log = openMemoryLog()
  const topics = new SourceTopics(log, 'm')
  const table = await topics.table(schema, 1)
  for (const events of transactions) await topics.publish(table, events)
  const { valueSchemaId, topic } = table.state
  const reader = tableReader(tableVersion(table.state, valueSchemaId, await topics.decoder(valueSchemaId)))
  const builder = new BatchBuilder({ get: () => reader })
  const partition = partitionState({ topic, partition: 0, nextOffset: 0n, order: noOrder })
  const take = (batch: FetchedBatch) => {
    const obstacle = builder.add(partition, batch)
    if (obstacle !== null) throw new Error(`stopped by ${obstacle.kind}`)
  }
  await log.readToEnd({ topic, partition: 0, offset: 0n }, take, new AbortController().signal)
  await log.close()
  const [first, ...others] = builder.take().tables
  if (first === undefined || others.length > 0) throw new Error('not one batch of a table')
  return first
}
