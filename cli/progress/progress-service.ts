import type { MigrationStatus } from '../../control/migration-status.ts'
import type { Service } from '../../core/service.ts'
import { every } from '../../core/time.ts'
import type { ProgressDisplay } from './progress-display.ts'
import { ProgressMeter } from './progress-meter.ts'

/** Shows how far a migration is until it is stopped. `read` gives its status and is closed by its owner. */
export function progressService(
  display: ProgressDisplay,
  read: (signal: AbortSignal) => Promise<MigrationStatus>,
): Service {
  return {
    name: 'progress',
    async run(signal) {
      const meter = new ProgressMeter()
      for await (const _ of every(display.intervalMs, signal)) {
        const status = await read(signal)
        // What was read while everything ends says nothing but that.
        if (!signal.aborted) display.show(meter.view(status))
      }
      display.end()
    },
  }
}
