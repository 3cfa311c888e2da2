import { MigrationError } from '../core/errors.ts'
import { errorReport } from '../core/error-report.ts'
import type { Log } from '../kafka/log.ts'

/** One thing that `drop` removes. Each is safe to repeat. */
export interface DropStep {
  /** For people: `slot and publication of the source`. */
  readonly what: string
  /** Removes it and says what it found; empty when there was nothing. */
  readonly remove: (signal: AbortSignal) => Promise<readonly string[]>
}

export type DropOutcome =
  | { readonly what: string; readonly outcome: 'removed'; readonly found: readonly string[] }
  | { readonly what: string; readonly outcome: 'already gone' }
  | { readonly what: string; readonly outcome: 'unreachable'; readonly message: string }

/**
 * Removes step after step and reports each. A database that cannot be reached is passed over, it may be gone for good, and
 * makes the end fail with `drop.incomplete`; any other error stops at once, since it may mean that a service still runs.
 */
export async function drop(
  steps: readonly DropStep[],
  report: (outcome: DropOutcome) => void,
  signal: AbortSignal,
): Promise<void> {
  const left: string[] = []
  for (const { what, remove } of steps) {
    try {
      const found = await remove(signal)
      report(found.length === 0 ? { what, outcome: 'already gone' } : { what, outcome: 'removed', found })
    } catch (error) {
      if (!(error instanceof MigrationError) || error.code !== 'postgres.unreachable') throw error
      left.push(what)
      report({ what, outcome: 'unreachable', message: errorReport(error).message })
    }
  }
  if (left.length > 0)
    throw new MigrationError('drop.incomplete', `not removed: ${left.join(', ')}`, { details: { left } })
}

/** The consumer groups of the targets. */
export function dropGroups(log: Log, groups: readonly string[]): DropStep {
  return {
    what: 'consumer groups',
    remove: () => log.deleteGroups(groups),
  }
}

/** Every topic whose name begins with the migration's name and a dot. */
export function dropTopics(log: Log, migration: string): DropStep {
  return {
    what: 'topics',
    async remove() {
      const topics = await log.topics(`${migration}.`)
      await log.deleteTopics(topics)
      return topics
    },
  }
}
