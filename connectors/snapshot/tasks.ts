import type { KeyedTable, OpenChunk } from './keyed-table.ts'
import type { KeylessTable } from './keyless-table.ts'
import { segmentCount } from './ledger.ts'
import type { ChunkTask, PlanTask, ScanTask } from './reader-task.ts'
import type { Ring } from './ring.ts'

export function planTask(table: KeyedTable, readers: number): PlanTask {
  table.planning = true
  return {
    kind: 'plan',
    table: table.table,
    wanted: true,
    segmentCount: rows => segmentCount(rows, readers),
    planned: (rows, segments) => table.planned(rows, segments),
    failed: () => {
      table.planning = false
    },
  }
}

/** A task that was given up (`abandon`) still ends, but nothing that it says counts any more. */
export function chunkTask(table: KeyedTable, chunk: OpenChunk, ring: Ring): ChunkTask | null {
  const segment = table.segment(chunk)
  if (segment === undefined) return null
  return {
    kind: 'chunk',
    table: table.table,
    segment,
    maxBytes: chunk.maxBytes,
    get wanted() {
      return table.isOpen(chunk)
    },
    opening() {
      ring.opening(chunk)
    },
    opened(visibility) {
      chunk.window.opened(visibility)
      for (const item of ring.unseenBy(visibility, table.table.id)) {
        if (item.kind === 'change') chunk.window.observe(item.event)
        if (item.kind === 'truncate') chunk.window.truncate(item.event.transaction)
      }
      ring.opened(chunk)
    },
    hold(record) {
      if (table.isOpen(chunk)) chunk.window.hold(record)
    },
    finished(end, seconds) {
      ring.opened(chunk)
      if (table.isOpen(chunk)) table.finished(chunk, end, seconds)
    },
    failed() {
      ring.opened(chunk)
      table.abandon(chunk)
    },
  }
}

/** As for chunks: after `abandon` the scan is not wanted, and its next slice is refused. */
export function scanTask(table: KeylessTable, ring: Ring): ScanTask {
  const scan = {}
  table.scan = scan
  const wanted = () => table.scan === scan
  return {
    kind: 'scan',
    table: table.table,
    get wanted() {
      return wanted()
    },
    opening() {
      ring.opening(scan)
    },
    opened(visibility) {
      if (wanted()) table.opened(visibility, ring.unseenBy(visibility, table.table.id))
      ring.opened(scan)
    },
    hold(record) {
      if (wanted()) table.hold(record)
    },
    async slice() {
      if (wanted()) await table.slice()
      return wanted()
    },
    finished() {
      ring.opened(scan)
      if (wanted()) table.complete()
    },
    failed() {
      ring.opened(scan)
      if (wanted()) table.abandon()
    },
  }
}
