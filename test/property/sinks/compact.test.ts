import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openMemoryLog } from '../../../kafka/memory-log.ts'
import type { FetchedBatch } from '../../../kafka/log.ts'
import { BatchBuilder } from '../../../sinks/batch-builder.ts'
import { allEntries, cellText, newestPerKey } from '../../../sinks/compact.ts'
import { noOrder } from '../../../sinks/event-order.ts'
import { partitionState } from '../../../sinks/partition-state.ts'
import { combineBatches } from '../../../sinks/sink-batch.ts'
import { effect, type TableBatch } from '../../../sinks/table-batch.ts'
import { tableReader } from '../../../sinks/table-reader.ts'
import { tableVersion } from '../../../sinks/table-version.ts'
import { baseType } from '../../support/column-types.ts'
import { type SourceEvent, SourceTopics } from '../../support/source-topics.ts'
import { tableBatchOf } from '../../support/table-batch-of.ts'
import { column, testTable } from '../../support/test-table.ts'

const schema = testTable(
  't',
  [column('id', baseType('int4')), column('a', baseType('text')), column('b', baseType('text'))],
  ['id'],
)

type Step = { readonly id: number; readonly a: string | null; readonly b: string | null; readonly what: What }
type What = 'read' | 'write' | 'without-a' | 'without-b' | 'delete'

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    id: fc.integer({ min: 1, max: 3 }),
    a: fc.option(fc.string({ maxLength: 3 }).filter(noNull)),
    b: fc.option(fc.constantFrom('x', 'y', '__debezium_unavailable_value')),
    what: fc.constantFrom<What>('read', 'write', 'write', 'without-a', 'without-b', 'delete'),
  }),
  { maxLength: 20 },
)

function noNull(text: string): boolean {
  return !text.includes('\0')
}

const absent = { absent: true } as const

function eventOf({ id, a, b, what }: Step): SourceEvent {
  const key = String(id)
  if (what === 'delete') return { op: 'd', old: { id: key } }
  if (what === 'read') return { op: 'r', row: { id: key, a, b } }
  return {
    op: 'u',
    row: { id: key, a: what === 'without-a' ? absent : a, b: what === 'without-b' ? absent : b },
  }
}

type Row = Map<string, string | null>
interface Target {
  readonly rows: Map<string, Row>
  missing: number
}

/** What a target does with one entry. */
function applyEntry(target: Target, batch: TableBatch, entry: number): void {
  const texts = new Map<string, string | null>()
  for (const [index, { name }] of batch.version.decoder.columns.entries())
    if (!batch.isAbsent(entry, index)) texts.set(name, cellText(batch, entry, index)?.toString() ?? null)
  const id = texts.get('id') ?? ''
  const what = batch.effectOf(entry)
  if (what === effect.deleted) target.rows.delete(id)
  else if (what === effect.whole) target.rows.set(id, texts)
  else if (target.rows.has(id)) target.rows.set(id, new Map([...(target.rows.get(id) ?? []), ...texts]))
  else target.missing++
}

function start(): Target {
  return {
    rows: new Map([
      [
        '1',
        new Map([
          ['id', '1'],
          ['a', 'old'],
          ['b', 'old'],
        ]),
      ],
    ]),
    missing: 0,
  }
}

async function batchesOf(events: readonly SourceEvent[], cut: number) {
  const log = openMemoryLog()
  const topics = new SourceTopics(log, 'm')
  const table = await topics.table(schema, 1)
  for (const event of events) await topics.publish(table, [event])
  const { valueSchemaId, topic } = table.state
  const reader = tableReader(tableVersion(table.state, valueSchemaId, await topics.decoder(valueSchemaId)))
  const builder = new BatchBuilder({ get: () => reader })
  const partition = partitionState({ topic, partition: 0, nextOffset: 0n, order: noOrder })
  const fetched: FetchedBatch[] = []
  await log.readToEnd(
    { topic, partition: 0, offset: 0n },
    batch => fetched.push(batch),
    new AbortController().signal,
  )
  const parts = [fetched.slice(0, cut), fetched.slice(cut)].map(some => {
    for (const batch of some) expect(builder.add(partition, batch)).toBeNull()
    return builder.take()
  })
  await log.close()
  return combineBatches(parts)
}

test('the newest of each key, deletions first, has the effect of all events one by one', async () => {
  let folded = 0
  let missing = 0
  await fc.assert(
    fc.asyncProperty(steps, fc.nat({ max: 20 }), async (some, cut) => {
      const batch = await batchesOf(some.map(eventOf), cut)
      const oneByOne = start()
      for (const table of batch.tables)
        for (const entry of allEntries(table)) applyEntry(oneByOne, table, entry)
      const compacted = start()
      for (const table of batch.tables) {
        const entries = newestPerKey(table)
        expect(newestPerKey(table)).toEqual(entries)
        const isDelete = (entry: number) => table.effectOf(entry) === effect.deleted
        for (const entry of entries.filter(isDelete)) applyEntry(compacted, table, entry)
        for (const entry of entries.filter(each => !isDelete(each))) applyEntry(compacted, table, entry)
        if (entries.length < table.count) folded++
      }
      missing += oneByOne.missing
      expect(compacted.missing > 0).toBe(oneByOne.missing > 0 && someLastMissing(some))
      const comparable = compacted.missing === 0 ? compacted.rows : oneByOne.rows
      expect(comparable).toEqual(oneByOne.rows)
    }),
    { numRuns: 300 },
  )
  expect(folded).toBeGreaterThan(50)
  expect(missing).toBeGreaterThan(10)
})

test('folded columns keep their texts, short and long ones after each other', async () => {
  const texts = [3, 100_000, 0, 4_096, 300_000, 5].map((length, id) => `${id}`.repeat(length))
  const batch = await tableBatchOf(
    schema,
    texts.map((text, id): SourceEvent => ({ op: 'u', row: { id: `${id}`, a: text, b: `old ${id}` } })),
    texts.map((_, id): SourceEvent => ({ op: 'u', row: { id: `${id}`, a: absent, b: `new ${id}` } })),
  )
  const folded = Array.from(newestPerKey(batch), entry =>
    [1, 2].map(place => cellText(batch, entry, place)?.toString()),
  )
  expect(folded).toEqual(texts.map((text, id) => [text, `new ${id}`]))
})

/** A partial update without a row counts only if nothing whole or deleted comes after it. */
function someLastMissing(all: readonly Step[]): boolean {
  return [1, 2, 3].some(id => {
    let there = id === 1
    let missing = false
    for (const { what } of all.filter(step => step.id === id)) {
      if (what === 'without-a' || what === 'without-b') missing ||= !there
      else {
        there = what !== 'delete'
        missing = false
      }
    }
    return missing
  })
}
