import { MigrationError } from '../core/errors.ts'
import type { ChangeDecoder } from '../schemas/decoder.ts'
import type { StateReader } from '../schemas/stored-state.ts'
import type { TableState } from '../schemas/state.ts'
import type { Sink } from './sink.ts'
import { type TableReader, type TableReaders, tableReader } from './table-reader.ts'
import { tableVersion } from './table-version.ts'

export interface CatalogParts {
  readonly state: StateReader
  readonly sink: Sink
  /** The decoder of a value schema, by its id in the registry. */
  readonly decoder: (schemaId: number) => Promise<ChangeDecoder>
}

/** All that the sink knows of the tables it applies. */
export class TableCatalog implements TableReaders {
  readonly #parts: CatalogParts
  readonly #readers = new Map<string, Map<number, TableReader>>()

  /** Two readers of one topic at a time would bring older records back. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: CatalogParts) {
    this.#parts = parts
  }

  get(topic: string, schemaId: number): TableReader | undefined {
    return this.#readers.get(topic)?.get(schemaId)
  }

  /** The tables of the migration as the state topic has them now. */
  async tables(signal: AbortSignal): Promise<readonly TableState[]> {
    const mine = this.#turn.then(
      () => this.#parts.state.refresh(signal),
      () => this.#parts.state.refresh(signal),
    )
    this.#turn = mine
    const { tables } = await mine
    return [...tables.values()]
  }

  /** Makes ready for events of a schema that was not met before. */
  async load(topic: string, schemaId: number, signal: AbortSignal): Promise<TableReader> {
    const known = this.get(topic, schemaId)
    if (known !== undefined) return known
    // Published in the same transaction as the first event of the schema, if not before.
    const state = (await this.tables(signal)).find(table => table.topic === topic)
    if (state === undefined)
      throw new MigrationError('sink.table_unknown', `${topic} holds events of a table that is not listed`)
    const version = tableVersion(state, schemaId, await this.#parts.decoder(schemaId))
    await this.#parts.sink.prepare(version)
    const reader = tableReader(version)
    const ofTopic = this.#readers.get(topic) ?? new Map<number, TableReader>()
    this.#readers.set(topic, ofTopic.set(schemaId, reader))
    return reader
  }
}
