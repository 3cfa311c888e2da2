import { inParallel } from '../core/in-parallel.ts'
import { MigrationError } from '../core/errors.ts'
import { type TableRef, tableId } from '../core/table-ref.ts'
import type { TableState } from '../schemas/state.ts'
import type { StateChange } from '../schemas/state-records.ts'
import type { StoredState } from '../schemas/stored-state.ts'
import type { TableSchema } from '../schemas/table-schema.ts'
import { type Adoption, adoptTable, type TopicPlace, topicPlace, topicSpec } from './adopt-table.ts'
import type { CapturedTable } from './captured-table.ts'
import type { PublishedTable } from './published-table.ts'
import { refuseNewKey } from './refuse-gaps.ts'
import { refuseRenamed, withoutNumbers } from './refuse-renamed.ts'
import { requireEmptyTopics, requireTopics } from './required-topics.ts'
import { partitionsBySize } from './small-tables.ts'

interface Configured {
  readonly described: readonly TableSchema[]
  readonly published: readonly PublishedTable[]
  /** How many rows tables have, roughly, in their order. Asked for those that join. */
  readonly rowsOf: (tables: readonly TableRef[]) => Promise<readonly number[]>
}

/** A table that is about to be adopted, in the shape that is valid for it. */
interface Joining {
  readonly schema: TableSchema
  readonly known: TableState | undefined
  readonly place: TopicPlace
}

/** Requests to a registry. */
const mostAtOnce = 16

/** The tables that are captured, each in its present shape. */
export class CapturedTables {
  readonly byId = new Map<string, CapturedTable>()
  readonly #adoption: Adoption
  readonly #uncopied = new Set<string>()

  constructor(adoption: Adoption) {
    this.#adoption = adoption
  }

  /** As the log tells of them, or may tell of them in an older shape. */
  get schemas(): readonly TableSchema[] {
    return [...this.byId.values()].map(({ id, state }) =>
      this.#uncopied.has(id) ? withoutNumbers(state.schema) : state.schema,
    )
  }

  /**
   * Adopts the configured tables. A known one that is copied keeps the shape that the state topic has, because the log goes
   * on from there; what changed since arrives through the log. What is still to be copied can only be read as it is now;
   * events of an older shape announce that themselves. `published`: as it is for this life. Returns the state to be stored.
   */
  async open(
    { described, published, rowsOf }: Configured,
    stored: StoredState,
    signal: AbortSignal,
  ): Promise<StateChange[]> {
    const changes = forgotten(described, stored)
    const marks = new Map(published.map(table => [tableId(table), table.mark]))
    await requireTopics(
      this.#adoption,
      described.flatMap(schema => stored.tables.get(tableId(schema.table)) ?? []),
      signal,
    )
    const joining = await this.#withTopics(
      await this.#sized(this.#joining(described, stored), rowsOf),
      signal,
    )
    const tables = await inParallel(joining, mostAtOnce, ({ schema, place }) =>
      adoptTable(this.#adoption, schema, place),
    )
    for (const [index, adopted] of tables.entries()) {
      const known = joining[index]?.known
      const table = withMark(adopted, marks.get(adopted.id) ?? known?.published)
      this.byId.set(table.id, table)
      if (!isCopied(stored, table.state.schema)) this.#uncopied.add(table.id)
      if (known === undefined || differs(known, table.state)) changes.push(table.state)
    }
    return changes
  }

  /** The log announces another shape of a table. */
  async change(schema: TableSchema): Promise<{ readonly table: CapturedTable; readonly state: StateChange }> {
    const known = this.byId.get(tableId(schema.table))
    if (known === undefined)
      throw new MigrationError(
        'source.protocol',
        `the log announces ${tableId(schema.table)}, which is not captured`,
      )
    refuseRenamed(known.state.schema, schema)
    refuseNewKey(known.state.schema, schema)
    const adopted = await adoptTable(this.#adoption, schema, known.state)
    const table = withMark(adopted, known.state.published)
    this.byId.set(table.id, table)
    return { table, state: table.state }
  }

  /** Two tables never get the same topic, whatever their names. */
  #joining(described: readonly TableSchema[], stored: StoredState): Joining[] {
    const taken = new Set([...stored.tables.values()].map(({ topic }) => topic))
    return described.map(now => {
      const known = stored.tables.get(tableId(now.table))
      const schema = (isCopied(stored, now) ? known?.schema : undefined) ?? now
      const place = topicPlace(this.#adoption, schema, known, taken)
      taken.add(place.topic)
      return { schema, known, place }
    })
  }

  async #sized(joining: readonly Joining[], rowsOf: Configured['rowsOf']): Promise<readonly Joining[]> {
    const fresh = joining.filter(({ known }) => known === undefined)
    if (fresh.length === 0 || this.#adoption.topics.smallTableRows === undefined) return joining
    const rows = await rowsOf(fresh.map(({ schema }) => schema.table))
    const sized = fresh.map(({ place }, index) => ({ place, rows: rows[index] ?? 0 }))
    const partitions = await partitionsBySize(this.#adoption, sized)
    return joining.map(({ place, ...table }) => ({
      ...table,
      place: { ...place, partitions: partitions.get(place.topic) ?? place.partitions },
    }))
  }

  /** Those of known tables are there. */
  async #withTopics(joining: readonly Joining[], signal: AbortSignal): Promise<readonly Joining[]> {
    const { log, topics } = this.#adoption
    const places = joining.filter(({ known }) => known === undefined).map(({ place }) => place)
    await log.ensureTopics(places.map(place => topicSpec(topics, place)))
    await requireEmptyTopics(
      log,
      places.map(({ topic }) => topic),
      signal,
    )
    // Of some known tables as well: Kafka may have begun to tell since they joined.
    const unnamed = joining.filter(({ place }) => place.topicId === undefined)
    const ids = await log.topicIds(unnamed.map(({ place }) => place.topic))
    return joining.map(table => ({ ...table, place: identified(table.place, ids) }))
  }
}

function identified(place: TopicPlace, ids: ReadonlyMap<string, string>): TopicPlace {
  const topicId = place.topicId ?? ids.get(place.topic)
  return topicId === undefined ? place : { ...place, topicId }
}

function withMark(table: CapturedTable, published: string | undefined): CapturedTable {
  return published === undefined ? table : { ...table, state: { ...table.state, published } }
}

function differs(before: TableState, now: TableState): boolean {
  return (
    before.valueSchemaId !== now.valueSchemaId ||
    before.published !== now.published ||
    before.topicId !== now.topicId
  )
}

function isCopied(stored: StoredState, { table }: TableSchema): boolean {
  return stored.snapshots.get(tableId(table))?.progress.phase === 'copied'
}

function forgotten(described: readonly TableSchema[], stored: StoredState): StateChange[] {
  const wanted = new Set(described.map(schema => tableId(schema.table)))
  const gone = [...stored.tables.keys()].filter(id => !wanted.has(id))
  return gone.flatMap(id => [
    { kind: 'forget', key: `table/${id}` },
    { kind: 'forget', key: `snapshot/${id}` },
  ])
}
