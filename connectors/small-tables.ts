import type { Adoption, TopicPlace } from './adopt-table.ts'

/** A table that joins, with the rows that it has, roughly. */
export interface SizedTable {
  readonly place: TopicPlace
  readonly rows: number
}

/**
 * How many partitions the topics of tables that join get, by topic. Small tables get one: each partition costs Kafka files, and every
 * transaction a marker. A topic that was made when the start was broken off keeps what it got: the table may have grown since.
 */
export async function partitionsBySize(
  { migration, log, topics }: Adoption,
  tables: readonly SizedTable[],
): Promise<ReadonlyMap<string, number>> {
  const { smallTableRows = 0 } = topics
  const present = new Set(await log.topics(`${migration}.`))
  const there = tables.map(({ place }) => place.topic).filter(name => present.has(name))
  const made = new Map<string, number>()
  for (const { topic } of await log.ranges(there)) made.set(topic, (made.get(topic) ?? 0) + 1)
  return new Map(
    tables.map(({ place: { topic, partitions }, rows }) => {
      // What somebody else made is refused by its number.
      if (made.get(topic) === 1) return [topic, 1]
      if (made.has(topic)) return [topic, partitions]
      return [topic, rows < smallTableRows ? 1 : partitions]
    }),
  )
}
