import type { RateLimit } from '../../core/rate-limit.ts'
import type { FieldSlices } from '../../schemas/field-slices.ts'
import type { ChunkReader } from '../source.ts'
import type { PlacedRecord } from './placed-record.ts'
import type { ChunkTask, PlanTask, ReaderTask, ScanTask } from './reader-task.ts'
import type { SnapshotTable } from './snapshot-table.ts'

/** A row of the source on its way into a batch; overwritten by the next one. */
export interface SnapshotRow extends PlacedRecord {
  /** Of its value; 0 as long as it has not been appended. */
  readonly bytes: number
}

export interface TaskTools {
  readonly reader: ChunkReader
  /** A composer of the table's snapshot rows, for one chunk or scan. */
  readonly composer: (table: SnapshotTable) => (row: FieldSlices) => SnapshotRow
  /** Monotonic, in seconds. */
  readonly now: () => number
  readonly sliceBytes: number
  /** Rows are counted here; the caller waits before a task, and a scan after each slice. */
  readonly limit: RateLimit
}

const maxChunkRows = 100_000

/** Does one task with a reader. Rejects with the reader's error after the work was given back. */
export async function runTask(task: ReaderTask, tools: TaskTools, signal: AbortSignal): Promise<void> {
  try {
    switch (task.kind) {
      case 'plan':
        return await plan(task, tools, signal)
      case 'chunk':
        return await readChunk(task, tools, signal)
      case 'scan':
        return await scan(task, tools, signal)
    }
  } catch (error) {
    const wanted = task.wanted
    task.failed()
    if (wanted) throw error
  }
}

async function plan(task: PlanTask, tools: TaskTools, signal: AbortSignal): Promise<void> {
  const schema = task.table.schema
  const rows = await tools.reader.estimatedRows(schema)
  task.planned(rows, await tools.reader.segments(schema, task.segmentCount(rows), signal))
}

async function readChunk(task: ChunkTask, tools: TaskTools, signal: AbortSignal): Promise<void> {
  const begin = tools.now()
  const end = await tools.reader.read(
    {
      table: task.table.schema,
      segment: task.segment,
      maxRows: maxChunkRows,
      maxBytes: task.maxBytes,
      opening: () => task.opening(),
      open: visibility => task.opened(visibility),
      row: rowTaker(task, tools),
    },
    signal,
  )
  task.finished(end, tools.now() - begin)
}

async function scan(task: ScanTask, tools: TaskTools, signal: AbortSignal): Promise<void> {
  // Ends the waiting for a publisher that has stopped.
  const stop = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  stop.catch(() => undefined)
  await tools.reader.scan(
    {
      table: task.table.schema,
      sliceBytes: tools.sliceBytes,
      opening: () => task.opening(),
      open: async visibility => task.opened(visibility),
      row: rowTaker(task, tools),
      slice: async () => {
        if (!(await Promise.race([task.slice(), stop]))) throw new Error('the scan was given up')
        await tools.limit.ready(signal)
      },
    },
    signal,
  )
  task.finished()
}

/** Each row goes to the task, and counts towards the limit. */
function rowTaker(task: ChunkTask | ScanTask, tools: TaskTools): (row: FieldSlices) => void {
  const compose = tools.composer(task.table)
  return row => {
    const record = compose(row)
    task.hold(record)
    tools.limit.spend(1, record.bytes)
  }
}
