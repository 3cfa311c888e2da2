import { connectionOptions } from '../control/connection-options.ts'
import { registryConnection } from '../control/registry-connection.ts'
import type { Service } from '../core/service.ts'
import type { TargetConfig } from '../schemas/config/migration-config.ts'
import { changeDecoder } from '../schemas/change-decoder.ts'
import { remoteRegistry } from '../schemas/registry/remote-registry.ts'
import type { SchemaRegistry } from '../schemas/registry/schema-registry.ts'
import { topicRegistry } from '../schemas/registry/topic-registry.ts'
import { finishService } from '../sinks/postgres/ddl/finish-service.ts'
import { postgresSink } from '../sinks/postgres/postgres-sink.ts'
import { sinkService } from '../sinks/sink-service.ts'
import { chosenTargets } from './chosen-targets.ts'
import type { RoleProcess, Wiring } from './role-process.ts'

/** A batch of many small events is applied in a moment; beyond this it only holds more memory. */
const batchEvents = 50_000

/** The sinks of these targets, of all without names: each applies changes, and completes its tables once they are copied. */
export function wireSinks(names: readonly string[]): Wiring {
  return process => {
    const registry = readingRegistry(process)
    return chosenTargets(process.config, names).flatMap(target => wireSink(process, registry, target))
  }
}

function wireSink(process: RoleProcess, registry: SchemaRegistry, target: TargetConfig): readonly Service[] {
  const { config, log, telemetry, readiness, cleanup } = process
  const { migration } = config
  const connection = connectionOptions(target.postgres, migration, `sink ${target.name}`)
  const sink = postgresSink({
    name: target.name,
    migration,
    connection,
  })
  cleanup.add(() => sink.close())
  const service = sinkService({
    migration,
    sink,
    log,
    decoder: async schemaId => changeDecoder(await registry.schema(schemaId)),
    telemetry,
    writers: config.sink.writers,
    limits: { bytes: config.sink.batchBytes, events: batchEvents },
    nowMs: Date.now,
  })
  readiness.watch(service.name, () => service.ready)
  return [service, finishService({ migration, target: target.name, connection, log, telemetry })]
}

/** Sinks only look schemas up; they read the embedded registry's topic, so they need no connector that runs. */
function readingRegistry({ config, log, signal }: RoleProcess): SchemaRegistry {
  const { registry } = config
  return registry.kind === 'external'
    ? remoteRegistry(registryConnection(registry))
    : topicRegistry(log, signal)
}
