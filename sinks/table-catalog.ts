import { isRetriable, MigrationError } from '../core/errors.ts'
import { inParallel } from '../core/in-parallel.ts'
import type { ChangeDecoder } from '../schemas/decoder.ts'
import type { StateReader } from '../schemas/stored-state.ts'
import type { TableState } from '../schemas/state.ts'
import type { Sink } from './sink.ts'
import { type TableReader, type TableReaders, tableReader } from './table-reader.ts'
import { type TableVersion, tableVersion } from './table-version.ts'

export interface CatalogParts {
  readonly state: StateReader
  readonly sink: Sink
  /** The decoder of a value schema, by its id in the registry. */
  readonly decoder: (schemaId: number) => Promise<ChangeDecoder>
}

/** Requests to a registry. */
const mostAtOnce = 16

/** All that the sink knows of the tables it applies. */
export class TableCatalog implements TableReaders {
  readonly #parts: CatalogParts
  readonly #readers = new Map<string, Map<number, TableReader>>()
  /** The schema ids of each topic that were made ready ahead, or could not be. */
  readonly #triedAhead = new Map<string, number>()

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
    const tables = await this.tables(signal)
    const state = tables.find(table => table.topic === topic)
    if (state === undefined)
      throw new MigrationError('sink.table_unknown', `${topic} holds events of a table that is not listed`)
    const version = tableVersion(state, schemaId, await this.#parts.decoder(schemaId))
    await this.#parts.sink.prepare(version)
    const reader = this.#keep(version)
    await this.#loadAhead(tables)
    return reader
  }

  /** Where one table is met for the first time, the others are as a rule: together they cost little more than one. */
  async #loadAhead(tables: readonly TableState[]): Promise<void> {
    const untried = tables.filter(
      ({ topic, valueSchemaId }) =>
        this.get(topic, valueSchemaId) === undefined && this.#triedAhead.get(topic) !== valueSchemaId,
    )
    if (untried.length === 0) return
    const versions = await inParallel(untried, mostAtOnce, state => this.#versionAhead(state))
    const ready = await this.#parts.sink.prepareAhead(versions.filter(version => version !== null))
    for (const { topic, valueSchemaId } of untried) this.#triedAhead.set(topic, valueSchemaId)
    for (const version of ready)
      if (this.get(version.topic, version.schemaId) === undefined) this.#keep(version)
  }

  /** Null: what is wrong with it is said when its events come. */
  async #versionAhead(state: TableState): Promise<TableVersion | null> {
    try {
      return tableVersion(state, state.valueSchemaId, await this.#parts.decoder(state.valueSchemaId))
    } catch (error) {
      if (isRetriable(error)) throw error
      return null
    }
  }

  #keep(version: TableVersion): TableReader {
    const reader = tableReader(version)
    const ofTopic = this.#readers.get(version.topic) ?? new Map<number, TableReader>()
    this.#readers.set(version.topic, ofTopic.set(version.schemaId, reader))
    return reader
  }
}
