import { expect, test } from 'vitest'
import { parseVisibility } from '../../../connectors/postgres/visibility.ts'
import { waitingSnapshot } from '../../../connectors/snapshot/ledger.ts'
import type { ChunkTask, ReaderTask, ScanTask } from '../../../connectors/snapshot/reader-task.ts'
import { SnapshotScheduler } from '../../../connectors/snapshot/snapshot-scheduler.ts'
import { recordSpan } from '../../../kafka/record-span.ts'
import { collectGarbage } from '../../support/collect-garbage.ts'
import { testTable } from '../../support/test-table.ts'

const mebibyte = 1 << 20
const heldEventBytes = mebibyte
const visibility = parseVisibility('100:100:')
const newer = 200n
const never = () => {
  throw new Error('not asked for here')
}

function schedulerOf(names: readonly string[], key: readonly string[]): SnapshotScheduler {
  const scheduler = new SnapshotScheduler({
    readers: 2,
    budgetBytes: 100 * mebibyte,
    heldEventBytes,
    chunk: { bytes: mebibyte, seconds: 1 },
    invisible: [],
    visibility: parseVisibility,
  })
  for (const name of names) {
    const schema = testTable(name, [], key)
    const truncate = () => ({ value: Buffer.from('truncate'), headers: null })
    const functions = { overlay: never, refuses: () => false, truncate }
    const table = { id: `public.${name}`, schema, topic: name, partitions: 1, ...functions }
    scheduler.add(table, waitingSnapshot(schema.table, 0n), true)
  }
  scheduler.visible(visibility)
  return scheduler
}

function chunkOf(task: ReaderTask | null): ChunkTask {
  if (task?.kind !== 'chunk') throw new Error('no chunk')
  return task
}

function begunScan(scheduler: SnapshotScheduler): ScanTask {
  const task = scheduler.next()
  if (task?.kind !== 'scan') throw new Error('no scan')
  task.opening()
  task.opened(visibility)
  return task
}

/** An update that waits for the scan of its table. */
function update(scheduler: SnapshotScheduler, table: string, bytes: number): void {
  const record = recordSpan(null, Buffer.alloc(bytes))
  expect(scheduler.keyless({ table, op: 'u', transaction: newer }, record, null)).toBe(false)
}

function publish(scheduler: SnapshotScheduler): void {
  scheduler.marking()?.place(1n)
  scheduler.take(1n, 1 << 30).committed()
}

test('when everything is copied the buffers that the copy needed are free', async () => {
  const scheduler = schedulerOf(['t'], ['id'])
  const plan = scheduler.next()
  if (plan?.kind === 'plan') plan.planned(1, [{ from: null, to: null, cursor: null, done: false }])
  const before = process.memoryUsage().arrayBuffers
  const chunk = chunkOf(scheduler.next())
  chunk.opening()
  chunk.opened(visibility)
  const row = recordSpan(Buffer.from('key'), Buffer.alloc(mebibyte))
  for (let rows = 0; rows < 60; rows++)
    chunk.hold({ partition: 0, appendTo: batch => batch.append(row, null) })
  chunk.finished({ lastKey: ['1'], rows: 60, bytes: 60 * mebibyte, done: true }, 1)
  expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThan(60 * mebibyte)
  publish(scheduler)
  const kept = () => {
    collectGarbage()
    return process.memoryUsage().arrayBuffers - before
  }
  await expect.poll(kept, { timeout: 60_000 }).toBeLessThan(10 * mebibyte)
  // It must live until here, with all that it keeps.
  expect(scheduler.finished).toBe(true)
})

test('the log rests while all scans together hold too many events, one that is repeated as well', () => {
  const scheduler = schedulerOf(['a', 'b'], [])
  const first = begunScan(scheduler)
  const second = begunScan(scheduler)
  update(scheduler, 'public.a', 0.6 * mebibyte)
  expect(scheduler.paused).toBe(false)
  update(scheduler, 'public.b', 0.6 * mebibyte)
  expect(scheduler.paused).toBe(true)
  first.finished()
  publish(scheduler)
  expect(scheduler.paused).toBe(false)
  second.failed()
  const again = begunScan(scheduler)
  update(scheduler, 'public.b', 1.2 * mebibyte)
  expect(scheduler.paused).toBe(true)
  again.finished()
  publish(scheduler)
  expect(scheduler.paused).toBe(false)
  expect(scheduler.finished).toBe(true)
})
