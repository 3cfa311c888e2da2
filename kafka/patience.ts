import type { MigrationError } from '../core/errors.ts'
import { sleep } from '../core/time.ts'
import { FailingTime } from './failing-time.ts'
import { kafkaError, kafkaErrorType } from './kafka-error.ts'

/** How long a request is repeated before the caller hears that Kafka is unreachable. */
export const PATIENCE_MS = 10_000
/** A topic just created is not known to every broker at once. */
const MISSING_PATIENCE_MS = 2_000
const FIRST_WAIT_MS = 2
const MAX_WAIT_MS = 200
/** The markers of the transaction before are being written, which takes the brokers a few milliseconds. */
const MARKERS_WAIT_MS = 1
const MARKERS_ATTEMPTS = 20

/**
 * Does what `doing` names, and repeats it for a short while when the brokers are moving leaders or a connection broke;
 * longer waits are the caller's decision, by `lastsMs`: how long an error may last before it counts. `attempt` counts from 0.
 * Rejects with a MigrationError, or the signal's reason.
 */
export async function patiently<T>(
  doing: string,
  work: (attempt: number) => Promise<T>,
  signal: AbortSignal,
  lastsMs = patienceMs,
): Promise<T> {
  const failing = new FailingTime()
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await work(attempt)
    } catch (cause) {
      const error = kafkaError(cause, doing)
      if (failing.lastedMs(error) >= lastsMs(error)) throw error
      await sleep(waitMs(error, attempt), signal)
    }
  }
}

function waitMs(error: MigrationError, attempt: number): number {
  if (attempt < MARKERS_ATTEMPTS && kafkaErrorType(error) === 'CONCURRENT_TRANSACTIONS')
    return MARKERS_WAIT_MS
  return Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10))
}

/** How long an error may last before it counts; 0 for one that does not pass. */
export function patienceMs(error: MigrationError): number {
  if (error.code === 'kafka.topic_missing') return MISSING_PATIENCE_MS
  return error.code === 'kafka.unreachable' ? PATIENCE_MS : 0
}
