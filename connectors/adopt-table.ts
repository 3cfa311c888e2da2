import type { TableRef } from '../core/table-ref.ts'
import { tableId } from '../core/table-ref.ts'
import type { Log, TopicSpec } from '../kafka/log.ts'
import { keyAvroSchema, valueAvroSchema } from '../schemas/avro-schemas.ts'
import { changeEncoder } from '../schemas/change-encoder.ts'
import { partitionKey } from '../schemas/partition-key.ts'
import type { SchemaRegistry } from '../schemas/registry/schema-registry.ts'
import type { TableState } from '../schemas/state.ts'
import type { TableSchema } from '../schemas/table-schema.ts'
import { topicFor } from '../schemas/topic-names.ts'
import { type CapturedTable, capturedTable } from './captured-table.ts'

export interface TopicDefaults {
  readonly partitions: number
  /** The topic of a table that has fewer rows than this when it joins gets one partition; left out: none does. */
  readonly smallTableRows?: number
  readonly replication: number
  readonly config: Readonly<Record<string, string>>
}

export interface Adoption {
  readonly migration: string
  /** Name of the source database: `source.db`. */
  readonly database: string
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly topics: TopicDefaults
}

/** Where the events of a table go. */
export interface TopicPlace {
  readonly topic: string
  readonly partitions: number
  /** Left out where Kafka does not tell. */
  readonly topicId?: string
}

/** A known table keeps its topic and its number of partitions, another one gets as many as can be; `taken` are the topics of the others. */
export function topicPlace(
  { migration, topics }: Adoption,
  schema: TableSchema,
  known: TableState | undefined,
  taken: ReadonlySet<string>,
): TopicPlace {
  if (known !== undefined) return known
  const partitions = schema.key.length === 0 ? 1 : topics.partitions
  return { topic: topicFor(migration, schema.table, taken), partitions }
}

/** Makes a table ready to be published, whose topic is there: registered schemas, encoder. */
export async function adoptTable(
  adoption: Adoption,
  schema: TableSchema,
  { topic, partitions, topicId }: TopicPlace,
): Promise<CapturedTable> {
  const ids = await registerSchemas(adoption.registry, schema, topic)
  const encoder = changeEncoder(schema, {
    topicPrefix: adoption.migration,
    database: adoption.database,
    ...ids,
  })
  const place = { topic, partitions, ...(topicId === undefined ? {} : { topicId }) }
  const state: TableState = { kind: 'table', format: 1, schema, ...place, ...ids }
  return capturedTable(state, encoder, partitionKey(schema))
}

/** The table that a record of the log means. */
export function find(tables: ReadonlyMap<string, CapturedTable>, ref: TableRef): CapturedTable | undefined {
  return tables.get(tableId(ref))
}

async function registerSchemas(registry: SchemaRegistry, schema: TableSchema, topic: string) {
  const key = keyAvroSchema(schema, topic)
  const [keySchemaId, valueSchemaId] = await Promise.all([
    key === null ? null : registry.register(`${topic}-key`, key),
    registry.register(`${topic}-value`, valueAvroSchema(schema, topic)),
  ])
  return { keySchemaId, valueSchemaId }
}

/** The topic of a table. */
export function topicSpec(defaults: TopicDefaults, { topic, partitions }: TopicPlace): TopicSpec {
  return {
    topic,
    partitions,
    replication: defaults.replication,
    compacted: false,
    config: defaults.config,
  }
}
