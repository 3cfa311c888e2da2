import { httpService } from '../api/http-service.ts'
import { type ProcessTelemetry, processTelemetry } from '../api/process-telemetry.ts'
import { kafkaOptions } from '../control/kafka-options.ts'
import { persistentService } from '../control/persistent-service.ts'
import { Cleanup } from '../core/cleanup.ts'
import { type Readiness, readiness } from '../core/readiness.ts'
import { redactor } from '../core/redactor.ts'
import { runTogether, type Service } from '../core/service.ts'
import type { Log } from '../kafka/log.ts'
import { openKafkaLog } from '../kafka/kafkajs-log.ts'
import { configSecrets } from '../schemas/config/config-secrets.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import type { CliContext } from './cli-context.ts'
import { heapGrowth } from './heap-growth.ts'
import { loadConfig } from './load-config.ts'
import { changedAt, limitsService } from './limits-service.ts'
import { ProcessLimits } from './process-limits.ts'
import { type ProgressDisplay, progressDisplay } from './progress/progress-display.ts'
import { statusProgress } from './progress/status-progress.ts'
import type { RoleOptions } from './role-options.ts'

/** What the services of a process share. */
export interface RoleProcess {
  readonly config: MigrationConfig
  readonly log: Log
  readonly telemetry: ProcessTelemetry
  readonly readiness: Readiness
  readonly cleanup: Cleanup
  readonly limits: ProcessLimits
  /** Aborts when the process shall end. */
  readonly signal: AbortSignal
}

/** Makes the services that do the work of a role. */
export type Wiring = (process: RoleProcess) => readonly Service[]

/** Runs the services of a role beside /metrics and the progress display, until a signal or a failure that does not pass. */
export async function runRole(
  context: CliContext,
  options: RoleOptions,
  wirings: readonly Wiring[],
): Promise<void> {
  const since = await changedAt(options.config)
  const config = loadConfig(context, options.config)
  const display = progressDisplay(context.stdout, context.stderr, options.json)
  const cleanup = new Cleanup()
  try {
    const process = openProcess(config, options, { display, cleanup, signal: context.signal })
    const { telemetry, readiness: ready, limits } = process
    const work = wirings.flatMap(wire => wire(process))
    const services = [
      heapGrowth(),
      ...work.map(service => persistentService(service, telemetry, ready)),
      limitsService({
        path: options.config,
        since,
        load: () => loadConfig(context, options.config),
        limits,
        telemetry,
      }),
      ...observability(process, options),
      ...(showsProgress(context, options) ? [statusProgress(process, display)] : []),
    ]
    await runTogether(services, context.signal)
  } finally {
    display.end()
    await cleanup.run()
  }
}

function openProcess(
  config: MigrationConfig,
  { role, logLevel }: RoleOptions,
  {
    display,
    cleanup,
    signal,
  }: { readonly display: ProgressDisplay } & Pick<RoleProcess, 'cleanup' | 'signal'>,
): RoleProcess {
  const telemetry = processTelemetry({
    migration: config.migration,
    role,
    level: logLevel,
    write: line => display.log(line),
    redact: redactor(configSecrets(config)),
  })
  const log = openKafkaLog(kafkaOptions(config, role, telemetry))
  cleanup.add(() => log.close())
  return {
    config,
    log,
    telemetry,
    readiness: readiness(),
    cleanup,
    limits: new ProcessLimits(config),
    signal,
  }
}

function observability(
  { config, telemetry, readiness: ready }: RoleProcess,
  { role, httpPort }: RoleOptions,
): readonly Service[] {
  const port = httpPort ?? config.http[role]
  return port === null ? [] : [httpService({ host: config.http.host, port, telemetry, readiness: ready })]
}

/** `run` is for people; the single roles speak through their log unless somebody watches. */
function showsProgress({ stdout }: CliContext, { role, json }: RoleOptions): boolean {
  return role === 'run' || json || stdout.isTTY === true
}
