import { isRetriable } from '../core/errors.ts'
import type { Telemetry } from '../core/telemetry.ts'
import { every } from '../core/time.ts'
import type { GroupConsumer, Log } from '../kafka/log.ts'
import { partitionId } from '../kafka/partition-id.ts'
import type { Assignment } from './assignment.ts'
import { DeadLetterCopies } from './dead-letters.ts'
import { IdlePartitions } from './idle-partitions.ts'
import { OffsetCommits } from './offset-commits.ts'
import { type ParkedKey, parkedKeyText } from './parked.ts'
import { answerRequest, releaseTogether } from './parked-release.ts'
import type { Sink } from './sink.ts'

const intervalMs = 1_000

export interface ChoreParts {
  readonly sink: Sink
  readonly log: Log
  readonly consumer: GroupConsumer
  readonly deadLetterTopic: string
  readonly telemetry: Telemetry
  readonly assignment: () => Assignment | null
}

/** What is done every second beside applying: operators' requests, the dead-letter topic, the group's offsets. */
export async function runChores(parts: ChoreParts, signal: AbortSignal): Promise<void> {
  const { telemetry, sink } = parts
  const idle = new IdlePartitions(parts.consumer)
  const offsets = new OffsetCommits(parts.consumer)
  const copies = new DeadLetterCopies(sink, parts.log, parts.deadLetterTopic)
  for await (const _ of every(intervalMs, signal)) {
    const assignment = parts.assignment()
    if (assignment === null) continue
    try {
      await lookAfterParked(parts, assignment)
      await copies.publish(assignment)
      // A commit would wait behind the joining of the group anew, and fail together with it.
      if (parts.assignment() !== assignment) continue
      await offsets.commit(assignment.partitions)
      idle.pass(assignment)
    } catch (error) {
      if (!isRetriable(error)) throw error
      // The next second tries again; applying tells about an outage.
      telemetry.log.debug({ target: sink.name, error }, 'chores put off')
    }
  }
}

async function lookAfterParked(parts: ChoreParts, assignment: Assignment): Promise<void> {
  const { sink, telemetry } = parts
  const { partitions } = assignment
  const parked = assignment.isParked ? await sink.parkedKeys(partitions) : []
  const events = parked.reduce((sum, key) => sum + key.events, 0)
  telemetry.set('switchback_parked_events', events, { target: sink.name })
  if (parked.length === 0) return
  for (const request of await sink.requestedKeys(partitions)) queueRequest(assignment, request)
  const conflicting = await sink.conflictingKeys(partitions)
  if (conflicting.length > 0)
    assignment.queueAlone('conflicts', lane =>
      releaseTogether(conflicting, lane, key => assignment.find(key)),
    )
}

/** What is asked for a key, of one event or of many, is answered together, once. */
function queueRequest(assignment: Assignment, request: ParkedKey): void {
  const name = `answer ${partitionId(request)} ${parkedKeyText(request.key, request.offset)}`
  assignment.queue(name, request, async (lane, partition) => {
    if ((await answerRequest(request, lane, partition)) === 'again') queueRequest(assignment, request)
  })
}
