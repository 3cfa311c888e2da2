import { expect, test } from 'vitest'
import { MigrationError } from '../../../core/errors.ts'
import { keyOf, ParkedInBatch, refusedEvents } from '../../../sinks/postgres/refused-events.ts'
import { tableWrite } from '../../../sinks/postgres/table-statements.ts'
import { tablePlan } from '../../../sinks/postgres/table-plan.ts'
import { findRawEvent } from '../../../sinks/raw-event.ts'
import type { TableBatch } from '../../../sinks/table-batch.ts'
import { baseType } from '../../support/column-types.ts'
import { tableBatchOf } from '../../support/table-batch-of.ts'
import { targetLike } from '../../support/target-like.ts'
import { column, testTable } from '../../support/test-table.ts'

const columns = [column('id', baseType('int4')), column('a', baseType('text'))]
const keyed = testTable('t', columns, ['id'])
const bag = testTable('t', columns, [])

const error = (text: string) => new MigrationError('postgres.row_refused', text)
const write = (id: number, a: string) => ({ op: 'c' as const, row: { id: `${id}`, a } })
const refuse = (text: string, ...entries: number[]) => ({
  entries: Int32Array.from(entries),
  error: error(text),
})

const plan = (batch: TableBatch) => tablePlan(batch.version, targetLike(keyed))

/** How often a key of the batch is looked up from now on. */
function countKeys(batch: TableBatch): () => number {
  let keys = 0
  const keyStart = batch.keyStart.bind(batch)
  batch.keyStart = entry => {
    keys++
    return keyStart(entry)
  }
  return () => keys
}

test('refused keys are parked in the order in which they were refused, each with all of its events in order', async () => {
  const batch = await tableBatchOf(
    keyed,
    [write(1, 'a'), write(2, 'b'), write(1, 'c')],
    [write(3, 'd'), write(2, 'e'), write(1, 'f')],
  )
  // The second of key 2 comes with a reason that is not needed any more.
  const parked = refusedEvents(batch, [refuse('two', 4), refuse('one', 0), refuse('two again', 1)])
  expect(parked.map(({ event, status, message }) => [event.offset, status, message])).toEqual([
    [1n, 'parked', 'two'],
    [4n, 'held', expect.any(String)],
    [0n, 'parked', 'one'],
    [2n, 'held', expect.any(String)],
    [5n, 'held', expect.any(String)],
  ])
  for (const [index, entry] of [1, 4, 0, 2, 5].entries())
    expect(parked[index]?.event).toEqual(findRawEvent(batch.sourceOf(entry), batch.offsetDelta(entry)))
})

test('without a key each refused event is parked alone, in whatever order they come', async () => {
  const batch = await tableBatchOf(bag, [write(1, 'a'), write(1, 'b'), write(1, 'c')])
  const parked = refusedEvents(batch, [refuse('last', 2), refuse('first', 0), refuse('middle', 1)])
  expect(parked.map(({ event, status, message }) => [event.offset, status, message])).toEqual([
    [2n, 'parked', 'last'],
    [0n, 'parked', 'first'],
    [1n, 'parked', 'middle'],
  ])
})

test('later events of parked keys go behind them, and only theirs', async () => {
  const batch = await tableBatchOf(keyed, [write(1, 'a'), write(2, 'b'), write(3, 'c'), write(1, 'd')])
  const parked = new ParkedInBatch()
  parked.add(batch, [refuse('three', 2), refuse('one', 0)])
  const { write: left, behind } = parked.without(tableWrite(plan(batch), batch, 'replace'))
  expect(behind.map(({ event, status }) => [event.offset, status])).toEqual([
    [2n, 'held'],
    [0n, 'held'],
    [3n, 'held'],
  ])
  expect([...left.entries].map(entry => keyOf(batch, entry))).toEqual([keyOf(batch, 1)])
})

test('thousands of refused keys cost no more looks at the batch than one', async () => {
  const entries = 6_000
  const third = (from: number) => Array.from({ length: entries / 3 }, (_, index) => write(from + index, 'a'))
  const batch = await tableBatchOf(keyed, third(0), third(entries), third(2 * entries))
  const refused = Array.from({ length: entries / 2 }, (_, index) => refuse('taken', index * 2))
  const keys = countKeys(batch)
  expect(refusedEvents(batch, refused)).toHaveLength(refused.length)
  expect(keys()).toBeLessThan(2 * entries)
  const parked = new ParkedInBatch()
  parked.add(batch, refused)
  const whole = tableWrite(plan(batch), batch, 'replace')
  const before = keys()
  const { write: left, behind } = parked.without(whole)
  expect([left.entries.length, behind.length]).toEqual([entries / 2, entries / 2])
  expect(keys() - before).toBeLessThan(3 * entries)
})
