import { ConnectorService } from '../connectors/connector-service.ts'
import { registryConnection } from '../control/registry-connection.ts'
import { topicDefaults } from '../control/topic-defaults.ts'
import { runTogether, type Service } from '../core/service.ts'
import { registryService } from '../schemas/registry/http/registry-service.ts'
import { localRegistry } from '../schemas/registry/local-registry.ts'
import { openRegistryCore } from '../schemas/registry/registry-core.ts'
import { remoteRegistry } from '../schemas/registry/remote-registry.ts'
import type { SchemaRegistry } from '../schemas/registry/schema-registry.ts'
import { openSource } from './open-source.ts'
import type { RoleProcess } from './role-process.ts'

/** The connector: reads the source, registers schemas, publishes; serves the registry when the configuration names none. */
export function wireConnector(process: RoleProcess): readonly Service[] {
  let connector: ConnectorService | null = null
  process.readiness.watch('connector', () => connector?.ready ?? false)
  return [
    {
      name: 'connector',
      run: signal =>
        withRegistry(process, signal, (registry, serving) => {
          connector = connectorService(process, registry)
          return runTogether([...serving, connector], signal)
        }),
    },
  ]
}

function connectorService(process: RoleProcess, registry: SchemaRegistry): ConnectorService {
  const { config, log, telemetry, readiness } = process
  const { migration, source, kafka, snapshot } = config
  return new ConnectorService({
    migration,
    database: source.postgres.database,
    source: openSource(config, 'connector'),
    log,
    registry,
    topics: topicDefaults(kafka),
    maxRecordBytes: kafka.maxRecordBytes,
    readers: snapshot.readers,
    chunkBytes: snapshot.chunkBytes,
    limit: process.limits.source,
    now: Date.now,
    telemetry,
    explain: reason => readiness.explain('connector', reason),
  })
}

type Work = (registry: SchemaRegistry, serving: readonly Service[]) => Promise<void>

async function withRegistry(
  { config, log, telemetry }: RoleProcess,
  signal: AbortSignal,
  work: Work,
): Promise<void> {
  const { registry, kafka } = config
  if (registry.kind === 'external') return work(remoteRegistry(registryConnection(registry)), [])
  const core = await openRegistryCore(log, { replication: kafka.replication }, signal)
  try {
    return await work(localRegistry(core), [registryService(core, registry, telemetry)])
  } finally {
    await core.close()
  }
}
