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
        const status = watched.status()
        const isDown = watched.isServerDown()
        const isIdle = isDown || (!isOpen && !watched.isAwaited())
        if (application.stillMs(isOpen && !isDown ? watched.transactions() : null) > patienceMs)
          throw new Error(`the application has done nothing for ${patienceMs / 1000} s`)
        if (migration.stillMs(isIdle ? null : (status?.targets[0]?.appliedEvents ?? 0)) > patienceMs)
          throw new Error(`nothing was applied for ${patienceMs / 1000} s: ${JSON.stringify(status)}`)
      }
    },
  }
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
