import type { Telemetry } from '../core/telemetry.ts'
import { isRetriable } from '../core/errors.ts'
import { every } from '../core/time.ts'
import type { Log, PartitionRange } from '../kafka/log.ts'
import type { Assignment } from './assignment.ts'
import { QuietTurns } from './quiet-turns.ts'
import { SeenEnds } from './seen-ends.ts'

const intervalMs = 1_000

export interface LagParts {
  readonly target: string
  readonly log: Log
  readonly telemetry: Telemetry
  readonly assignment: () => Assignment | null
  readonly nowMs: () => number
}

/**
 * Shows how far the target is behind. It asks the log and never the target, so that it rises while the target is stuck; every
 * second, or every five while nothing happens.
 */
export async function showLag(parts: LagParts, signal: AbortSignal): Promise<void> {
  const seen = new SeenEnds()
  const quiet = new QuietTurns()
  for await (const _ of every(intervalMs, signal)) {
    const assignment = parts.assignment()
    if (assignment === null) continue
    const labels = { target: parts.target }
    const skipped = assignment.takeSkipped()
    if (skipped > 0) parts.telemetry.count('switchback_skipped_events_total', skipped, labels)
    if (quiet.pass(assignment)) continue
    const now = parts.nowMs()
    const pending = await pendingIn(parts.log, assignment, (range, applied) => seen.note(range, applied, now))
    if (pending !== null) {
      const oldestMs = Math.min(assignment.oldestMs, pending.sinceMs)
      const seconds = oldestMs === Number.POSITIVE_INFINITY ? 0 : Math.max(0, now - oldestMs) / 1000
      parts.telemetry.set('switchback_lag_seconds', seconds, labels)
      parts.telemetry.set('switchback_lag_events', pending.events, labels)
    }
    quiet.looked(pending?.events === 0 && assignment.oldestMs === Number.POSITIVE_INFINITY)
  }
}

interface Pending {
  /** Offsets that are in the log and not in the target. */
  readonly events: number
  /** Since when the oldest of them is known to be there, milliseconds since 1970; infinite if there are none. */
  readonly sinceMs: number
}

/** Null when the log cannot be asked. */
async function pendingIn(
  log: Log,
  assignment: Assignment,
  note: (range: PartitionRange, applied: bigint) => number | null,
): Promise<Pending | null> {
  const topics = new Set(assignment.partitions.map(partition => partition.topic))
  try {
    const ranges = await log.ranges([...topics])
    let events = 0
    let sinceMs = Number.POSITIVE_INFINITY
    for (const range of ranges) {
      const partition = assignment.find(range)?.partition
      if (partition === undefined) continue
      events += Math.max(0, Number(range.end - partition.applied.nextOffset))
      sinceMs = Math.min(sinceMs, note(range, partition.applied.nextOffset) ?? sinceMs)
    }
    return { events, sinceMs }
  } catch (error) {
    if (isRetriable(error)) return null
    throw error
  }
}
