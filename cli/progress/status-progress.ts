import { StatusReader } from '../../control/status-reader.ts'
import type { MigrationStatus } from '../../control/migration-status.ts'
import type { Service } from '../../core/service.ts'
import type { MetricSample } from '../../api/process-telemetry.ts'
import type { RoleProcess } from '../role-process.ts'
import type { ProgressDisplay } from './progress-display.ts'
import { progressService } from './progress-service.ts'

/** The progress display of a running process. Lag comes from the process itself where it knows it. */
export function statusProgress(
  { config, log, telemetry, cleanup }: RoleProcess,
  display: ProgressDisplay,
): Service {
  const reader = new StatusReader(config, log)
  cleanup.add(() => reader.close())
  return progressService(display, async signal =>
    withLag(await reader.read(false, signal), await telemetry.samples('switchback_lag_seconds')),
  )
}

function withLag(status: MigrationStatus, samples: readonly MetricSample[]): MigrationStatus {
  const lags = new Map(samples.map(({ labels, value }) => [labels['target'], value]))
  return {
    ...status,
    targets: status.targets.map(target => ({
      ...target,
      lagSeconds: lags.get(target.name) ?? target.lagSeconds,
    })),
  }
}
