import { tableId } from '../core/table-ref.ts'
import { keyAvroSchema } from '../schemas/avro-schemas.ts'
import { encodedKeyJson } from '../schemas/key-json.ts'
import type { SchemaRegistry } from '../schemas/registry/schema-registry.ts'
import type { TableState } from '../schemas/state.ts'

/** What people call a row. */
export interface RowName {
  /** `schema.table`; null for a topic that the migration does not know any more. */
  readonly table: string | null
  /** The key as JSON, such as `{"id":22}`; null for a row without one. */
  readonly key: string | null
}

/** Names rows after the tables that a migration has published. */
export class RowNames {
  readonly #tables: ReadonlyMap<string, TableState>
  readonly #registry: Pick<SchemaRegistry, 'schema'>

  constructor(tables: Iterable<TableState>, registry: Pick<SchemaRegistry, 'schema'>) {
    this.#tables = new Map(Array.from(tables, table => [table.topic, table]))
    this.#registry = registry
  }

  /** `key`: of a record, with the frame that names its schema. */
  async nameOf(topic: string, key: Buffer | null): Promise<RowName> {
    const state = this.#tables.get(topic)
    if (state === undefined) return { table: null, key: null }
    const table = tableId(state.schema.table)
    if (key === null) return { table, key: null }
    const schemaId = key.readInt32BE(1)
    const schema =
      schemaId === state.keySchemaId
        ? keyAvroSchema(state.schema, topic)
        : await this.#registry.schema(schemaId)
    return { table, key: encodedKeyJson(state.schema, schema, key) }
  }
}
