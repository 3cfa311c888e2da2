import { expect, it } from 'vitest'
import { parseVisibility } from '../../../connectors/postgres/visibility.ts'
import { waitingSnapshot } from '../../../connectors/snapshot/ledger.ts'
import type { ChunkTask } from '../../../connectors/snapshot/reader-task.ts'
import { SnapshotScheduler } from '../../../connectors/snapshot/snapshot-scheduler.ts'
import { testTable } from '../../support/test-table.ts'

const never = () => {
  throw new Error('not asked for here')
}

function begunChunk(): { scheduler: SnapshotScheduler; chunk: ChunkTask } {
  const scheduler = new SnapshotScheduler({
    readers: 1,
    budgetBytes: 1 << 20,
    heldEventBytes: 1 << 20,
    chunk: { bytes: 1 << 20, seconds: 1 },
    invisible: [],
    visibility: parseVisibility,
  })
  const schema = testTable('t', [], ['id'])
  const functions = { overlay: never, refuses: never, truncate: never }
  const table = { id: 'public.t', schema, topic: 't', partitions: 1, ...functions }
  scheduler.add(table, waitingSnapshot(schema.table, 0n), true)
  scheduler.visible(parseVisibility('100:100:'))
  const plan = scheduler.next()
  if (plan?.kind === 'plan') plan.planned(1, [{ from: null, to: null, cursor: null, done: false }])
  const chunk = scheduler.next()
  if (chunk?.kind !== 'chunk') throw new Error('no chunk')
  return { scheduler, chunk }
}

function publish(scheduler: SnapshotScheduler, from: bigint, to: bigint): void {
  for (let transaction = from; transaction < to; transaction++) {
    scheduler.published({ table: 'public.t', transaction, oldKey: null, newKey: 'k', partial: null })
    scheduler.visible(parseVisibility(`${transaction + 1n}:${transaction + 1n}:`))
  }
}

it('forgets events that are visible although a reader waits for a locked table, and none while its snapshot is taken', () => {
  const { scheduler, chunk } = begunChunk()
  publish(scheduler, 100n, 10_000n)
  expect(scheduler.invisible()).toEqual([])
  chunk.opening()
  publish(scheduler, 10_000n, 10_010n)
  expect(scheduler.invisible()).toHaveLength(10)
  chunk.opened(parseVisibility('10005:10005:'))
  publish(scheduler, 10_010n, 10_011n)
  expect(scheduler.invisible()).toEqual([])
})
