import { connectionOptions } from '../control/connection-options.ts'
import { registryConnection } from '../control/registry-connection.ts'
import type { Service } from '../core/service.ts'
import type { ConnectionOptions } from '../databases/postgres/connection-options.ts'
import type { MigrationConfig, TargetConfig } from '../schemas/config/migration-config.ts'
import { changeDecoder } from '../schemas/change-decoder.ts'
import { remoteRegistry } from '../schemas/registry/remote-registry.ts'
import type { SchemaRegistry } from '../schemas/registry/schema-registry.ts'
import { topicRegistry } from '../schemas/registry/topic-registry.ts'
import { finishService } from '../sinks/postgres/ddl/finish-service.ts'
import { postgresSink } from '../sinks/postgres/postgres-sink.ts'
import type { Sink } from '../sinks/sink.ts'
import { sinkService } from '../sinks/sink-service.ts'
import { chosenTargets } from './chosen-targets.ts'
import type { RoleProcess, Wiring } from './role-process.ts'

/** A batch of many small events is applied in a moment; beyond this it only holds more memory. */
const batchEvents = 50_000

/** The sinks of these targets, of all without names: each applies changes, and completes its tables once they are copied. */
export function wireSinks(names: readonly string[]): Wiring {
  return process => {
    const registry = readingRegistry(process)
    return chosenTargets(process.config, names).flatMap(target =>
      wireSink(process, registry, target, openSink(process.config, target)),
    )
  }
}

/** One target's services around its sink, which is closed with the process. */
export function wireSink(
  { config, log, telemetry, readiness, cleanup, limits }: RoleProcess,
  registry: SchemaRegistry,
  target: TargetConfig,
  sink: Sink,
): readonly Service[] {
  const { migration } = config
  cleanup.add(() => sink.close())
  const service = sinkService({
    migration,
    sink,
    log,
    decoder: async schemaId => changeDecoder(await registry.schema(schemaId)),
    telemetry,
    writers: config.sink.writers,
    limits: { bytes: config.sink.batchBytes, events: batchEvents },
    limit: limits.target(target.name),
    nowMs: Date.now,
    explain: reason => readiness.explain(`sink ${target.name}`, reason),
  })
  readiness.watch(service.name, () => service.ready)
  const connection = sinkConnection(config, target)
  return [service, finishService({ migration, target: target.name, connection, log, telemetry })]
}

export function openSink(config: MigrationConfig, target: TargetConfig): Sink {
  const { migration } = config
  return postgresSink({ name: target.name, migration, connection: sinkConnection(config, target) })
}

function sinkConnection({ migration }: MigrationConfig, { name, postgres }: TargetConfig): ConnectionOptions {
  return connectionOptions(postgres, migration, `sink ${name}`)
}

/** Sinks only look schemas up; they read the embedded registry's topic, so they need no connector that runs. */
export function readingRegistry({
  config,
  log,
  signal,
}: Pick<RoleProcess, 'config' | 'log' | 'signal'>): SchemaRegistry {
  const { registry } = config
  return registry.kind === 'external'
    ? remoteRegistry(registryConnection(registry))
    : topicRegistry(log, signal)
}
