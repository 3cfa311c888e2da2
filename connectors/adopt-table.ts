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

/**
 * Makes a table ready to be published: topic, registered schemas, encoder. A table that is known keeps its topic, which is
 * not made again, and its number of partitions; `taken` are the topics of the others.
 */
export async function adoptTable(
  adoption: Adoption,
  schema: TableSchema,
  known: TableState | undefined,
  taken: ReadonlySet<string>,
): Promise<CapturedTable> {
  const topic = known?.topic ?? topicFor(adoption.migration, schema.table, taken)
  const partitions = known?.partitions ?? (schema.key.length === 0 ? 1 : adoption.topics.partitions)
  if (known === undefined) await adoption.log.ensureTopics([topicSpec(adoption.topics, topic, partitions)])
  const ids = await registerSchemas(adoption.registry, schema, topic)
  const encoder = changeEncoder(schema, {
    topicPrefix: adoption.migration,
    database: adoption.database,
    ...ids,
  })
  return capturedTable(
    { kind: 'table', format: 1, schema, topic, partitions, ...ids, ...markOf(known) },
    encoder,
    partitionKey(schema),
  )
}

/** The table that a record of the log means. */
export function find(tables: ReadonlyMap<string, CapturedTable>, ref: TableRef): CapturedTable | undefined {
  return tables.get(tableId(ref))
}

const markOf = (known: TableState | undefined) =>
  known?.published === undefined ? {} : { published: known.published }

async function registerSchemas(registry: SchemaRegistry, schema: TableSchema, topic: string) {
  const key = keyAvroSchema(schema, topic)
  return {
    keySchemaId: key === null ? null : await registry.register(`${topic}-key`, key),
    valueSchemaId: await registry.register(`${topic}-value`, valueAvroSchema(schema, topic)),
  }
}

/** The topic of a table. */
export function topicSpec(defaults: TopicDefaults, topic: string, partitions: number): TopicSpec {
  return {
    topic,
    partitions,
    replication: defaults.replication,
    compacted: false,
    config: defaults.config,
  }
}
