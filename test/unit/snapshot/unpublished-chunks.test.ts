import { expect, test } from 'vitest'
import { parseVisibility } from '../../../connectors/postgres/visibility.ts'
import { waitingSnapshot } from '../../../connectors/snapshot/ledger.ts'
import { SnapshotScheduler } from '../../../connectors/snapshot/snapshot-scheduler.ts'
import { testTable } from '../../support/test-table.ts'

const chunkBytes = 1 << 20
const readers = 2
const never = () => {
  throw new Error('not asked for here')
}

/** How many chunks of as many tables are read while none is published. */
function readUnpublished(bytesEach: number): number {
  const scheduler = new SnapshotScheduler({
    readers,
    budgetBytes: chunkBytes * readers * 4,
    heldEventBytes: 1 << 20,
    chunk: { bytes: chunkBytes, seconds: 1 },
    invisible: [],
    visibility: parseVisibility,
  })
  for (let index = 0; index < 50; index++) {
    const schema = testTable(`t${index}`, [], ['id'])
    const functions = { overlay: never, refuses: never, truncate: never }
    const table = { id: `public.t${index}`, schema, topic: 't', partitions: 1, ...functions }
    scheduler.add(table, waitingSnapshot(schema.table, 0n), true)
  }
  scheduler.visible(parseVisibility('100:100:'))
  for (let read = 0; ; ) {
    const task = scheduler.next()
    if (task === null) return read
    if (task.kind === 'plan') task.planned(1, [{ from: null, to: null, cursor: null, done: false }])
    else if (task.kind === 'chunk') {
      task.finished({ lastKey: ['1'], rows: 1, bytes: bytesEach, done: true }, 1)
      read++
    }
  }
}

test('small tables are read without waiting for those before to be published, of large ones no more than the readers hold', () => {
  expect(readUnpublished(1000)).toBe(50)
  expect(readUnpublished(chunkBytes)).toBe(readers)
})
