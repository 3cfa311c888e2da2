import { expect } from 'vitest'
import { RateLimit, unlimited } from '../../core/rate-limit.ts'
import { silent } from '../../core/telemetry.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import type { MemoryCluster } from '../../kafka/memory/memory-cluster.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import { withConnection } from './with-connection.ts'
import { changeDecoder } from '../../schemas/change-decoder.ts'
import { localRegistry } from '../../schemas/registry/local-registry.ts'
import { postgresSink } from '../../sinks/postgres/postgres-sink.ts'
import { sinkService } from '../../sinks/sink-service.ts'
import { migration } from './connector-on.ts'
import { registryCoreOn } from './registry-on.ts'

const patience = { timeout: 60_000, interval: 20 }

/** A real sink applies what `startConnector` has published to a target, up to the ends that these topics have now. */
export async function appliedBySink(
  cluster: MemoryCluster,
  connection: ConnectionOptions,
  topics: readonly string[],
): Promise<void> {
  const log = openMemoryLog(cluster)
  const registry = localRegistry(await registryCoreOn(openMemoryLog(cluster)))
  const sink = postgresSink({ name: 'new', migration, connection })
  const stop = new AbortController()
  const service = sinkService({
    migration,
    sink,
    log,
    decoder: async id => changeDecoder(await registry.schema(id)),
    telemetry: silent,
    writers: 2,
    limits: { bytes: 1 << 20, events: 10_000 },
    limit: new RateLimit(unlimited),
    nowMs: Date.now,
  })
  const running = service.run(stop.signal)
  const ranges = await log.ranges(topics)
  const behind = () =>
    withConnection(connection, async client => {
      const { rows } = await client.query<{ topic: string; partition: number; next_offset: string }>(
        'SELECT topic, partition, next_offset FROM switchback.progress',
      )
      const next = new Map(rows.map(row => [`${row.partition}/${row.topic}`, BigInt(row.next_offset)]))
      return ranges.filter(({ topic, partition, end }) => (next.get(`${partition}/${topic}`) ?? -1n) < end)
        .length
    })
  try {
    await expect.poll(() => behind().catch(() => -1), patience).toBe(0)
  } finally {
    stop.abort()
    await running
    await sink.close()
    await log.close()
  }
}
