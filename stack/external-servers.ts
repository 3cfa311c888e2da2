import type { KafkaConnection } from './kafka/start-kafka.ts'
import { type PostgresConnection, withClient } from './postgres/connection.ts'

/** A database given by `SWITCHBACK_TEST_SOURCE_URL` or `SWITCHBACK_TEST_TARGET_URL`; undefined if it is not set. */
export async function externalPostgres(role: 'SOURCE' | 'TARGET'): Promise<PostgresConnection | undefined> {
  const given = process.env[`SWITCHBACK_TEST_${role}_URL`]
  if (!given) return undefined
  const url = new URL(given)
  const version = await withClient(given, async client => {
    const { rows } = await client.query<{ version: number }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version`,
    )
    return rows[0]?.version ?? 0
  })
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    version,
    url: given,
  }
}

/** A cluster given by `SWITCHBACK_TEST_KAFKA_BROKERS`, `host:port` with commas between; undefined if it is not set. */
export function externalKafka(): KafkaConnection | undefined {
  const given = process.env['SWITCHBACK_TEST_KAFKA_BROKERS']
  return given ? { brokers: given.split(',').map(broker => broker.trim()) } : undefined
}
