import type { MigrationStatus } from '../../control/migration-status.ts'
import type { Service } from '../../core/service.ts'
import { every } from '../../core/time.ts'

export interface Watched {
  readonly status: () => MigrationStatus | null
  readonly transactions: () => number
  /** The application is at work. */
  readonly isOpen: () => boolean
  /** Somebody waits for what the application has done. */
  readonly isAwaited: () => boolean
  /** Nothing can move before it is back. */
  readonly isServerDown: () => boolean
}

/** Fails when nothing moves for a while although there is work. */
export function progressWatch(
  watched: Watched,
  { patienceMs, lookMs }: { readonly patienceMs: number; readonly lookMs: number },
): Service {
  return {
    name: 'progress',
    async run(signal) {
      const application = new LastChange()
      const migration = new LastChange()
      for await (const _ of every(lookMs, signal)) {
        const isOpen = watched.isOpen()
        if (application.stillMs(writtenOf(watched, isOpen)) > patienceMs)
          throw new Error(`the application has done nothing for ${patienceMs / 1000} s`)
        if (migration.stillMs(appliedOf(watched, isOpen)) > patienceMs)
          throw new Error(
            `nothing was applied for ${patienceMs / 1000} s: ${JSON.stringify(watched.status())}`,
          )
      }
    },
  }
}

/** Null: nothing need be written now. */
function writtenOf({ isServerDown, transactions }: Watched, isOpen: boolean): number | null {
  return isOpen && !isServerDown() ? transactions() : null
}

/** Null: nothing need be applied now. */
function appliedOf({ isAwaited, isServerDown, status }: Watched, isOpen: boolean): number | null {
  if (isServerDown() || (!isOpen && !isAwaited())) return null
  return status()?.targets[0]?.appliedEvents ?? 0
}

class LastChange {
  #last: number | null = null
  #sinceMs = performance.now()

  /** How long the value has been the same; null is never the same. */
  stillMs(now: number | null): number {
    if (now === null || now !== this.#last) this.#sinceMs = performance.now()
    this.#last = now
    return performance.now() - this.#sinceMs
  }
}
