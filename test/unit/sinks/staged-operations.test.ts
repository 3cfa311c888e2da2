import { expect, test } from 'vitest'
import { allEntries } from '../../../sinks/compact.ts'
import { stagedOperations } from '../../../sinks/postgres/staged-operations.ts'
import { tablePlan } from '../../../sinks/postgres/table-plan.ts'
import { baseType } from '../../support/column-types.ts'
import type { SourceEvent } from '../../support/source-topics.ts'
import { tableBatchOf } from '../../support/table-batch-of.ts'
import { targetLike } from '../../support/target-like.ts'
import { column, testTable } from '../../support/test-table.ts'

const schema = testTable(
  't',
  [column('id', baseType('int4')), column('a', baseType('text')), column('b', baseType('text'))],
  ['id'],
)

const absent = { absent: true } as const
const whole: SourceEvent = { op: 'u', row: { id: '1', a: 'x', b: 'x' } }
const withoutA: SourceEvent = { op: 'u', row: { id: '1', a: absent, b: 'x' } }
const withoutB: SourceEvent = { op: 'u', row: { id: '1', a: 'x', b: absent } }
const onlyKey: SourceEvent = { op: 'u', row: { id: '1', a: absent, b: absent } }
const gone: SourceEvent = { op: 'd', old: { id: '1' } }

test('updates that carry the same columns are one operation, wherever they stand', async () => {
  const openB: SourceEvent = { ...withoutB, open: true }
  const events = [
    withoutA,
    withoutA,
    withoutB,
    whole,
    openB,
    withoutB,
    onlyKey,
    withoutA,
    gone,
    openB,
    onlyKey,
  ]
  const batch = await tableBatchOf(schema, events)
  const plan = tablePlan(batch.version, targetLike(schema))
  const { operation, deletes, writes, partials } = stagedOperations(plan, batch, allEntries(batch))
  expect([...operation]).toEqual([2, 2, 3, 1, 4, 3, 5, 2, 0, 4, 5])
  expect([deletes, writes]).toEqual([1, 1])
  expect(partials).toEqual([
    { operation: 2, carried: [0, 2], rows: 3, open: false },
    { operation: 3, carried: [0, 1], rows: 2, open: false },
    { operation: 4, carried: [0, 1], rows: 2, open: true },
    { operation: 5, carried: [0], rows: 2, open: false },
  ])
})
