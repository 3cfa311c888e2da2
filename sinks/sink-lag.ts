import type { Telemetry } from '../core/telemetry.ts'
import { isRetriable } from '../core/errors.ts'
import { every } from '../core/time.ts'
import type { Log, PartitionRange } from '../kafka/log.ts'
import type { Assignment } from './assignment.ts'

const intervalMs = 1_000

export interface LagParts {
  readonly target: string
  readonly log: Log
  readonly telemetry: Telemetry
  readonly assignment: () => Assignment | null
  readonly nowMs: () => number
}

/** Shows how far the target is behind. It asks the log and never the target, so that it rises while the target is stuck. */
export async function showLag(parts: LagParts, signal: AbortSignal): Promise<void> {
  let behindSinceMs: number | null = null
  for await (const _ of every(intervalMs, signal)) {
    const assignment = parts.assignment()
    if (assignment === null) continue
    const labels = { target: parts.target }
    const events = await pendingEvents(parts.log, assignment)
    const now = parts.nowMs()
    // What is not even fetched has no commit time here: it counts from when it was first seen.
    behindSinceMs = events === 0 ? null : (behindSinceMs ?? now)
    const oldestMs = Math.min(assignment.oldestMs, behindSinceMs ?? Number.POSITIVE_INFINITY)
    parts.telemetry.set(
      'switchback_lag_seconds',
      Math.max(0, oldestMs === Infinity ? 0 : now - oldestMs) / 1000,
      labels,
    )
    if (events !== null) parts.telemetry.set('switchback_lag_events', events, labels)
    const skipped = assignment.takeSkipped()
    if (skipped > 0) parts.telemetry.count('switchback_skipped_events_total', skipped, labels)
  }
}

/** Offsets that are in the log and not in the target; null when the log cannot be asked. */
async function pendingEvents(log: Log, assignment: Assignment): Promise<number | null> {
  const topics = new Set(assignment.partitions.map(partition => partition.topic))
  try {
    const ranges = await Promise.all([...topics].map(topic => log.ranges(topic)))
    return ranges.flat().reduce((sum, range) => sum + pendingIn(range, assignment), 0)
  } catch (error) {
    if (isRetriable(error)) return null
    throw error
  }
}

function pendingIn(range: PartitionRange, assignment: Assignment): number {
  const partition = assignment.find(range)?.partition
  return partition === undefined ? 0 : Math.max(0, Number(range.end - partition.applied.nextOffset))
}
