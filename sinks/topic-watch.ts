import type { Service } from '../core/service.ts'
import { isRetriable } from '../core/errors.ts'
import { every } from '../core/time.ts'
import type { Log } from '../kafka/log.ts'
import { requireSameTopics } from '../schemas/same-topics.ts'
import type { TableState } from '../schemas/state.ts'

const intervalMs = 10_000

/**
 * Halts when a topic is another one than it was, which a partition that is not read for a while would not show. `tables`: as the state
 * topic has them now.
 */
export function topicWatch(
  log: Log,
  tables: (signal: AbortSignal) => Promise<readonly TableState[]>,
): Service {
  return {
    name: 'topics',
    async run(signal) {
      for await (const _ of every(intervalMs, signal)) {
        try {
          await requireSameTopics(log, await tables(signal), signal)
        } catch (error) {
          if (!isRetriable(error)) throw error
        }
      }
    },
  }
}
