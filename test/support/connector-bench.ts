import type { Client } from 'pg'
import { onTestFinished } from 'vitest'
import { objectNames, type ObjectNames } from '../../connectors/postgres/object-names.ts'
import { dropPrepared } from '../../connectors/postgres/prepare.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { MemoryCluster } from '../../kafka/memory/memory-cluster.ts'
import { type MemoryLog, openMemoryLog } from '../../kafka/memory-log.ts'
import type { PostgresConnection } from '../../stack/postgres/connection.ts'
import {
  allCopied,
  type ConnectorTestOptions,
  migration,
  type RunningConnector,
  startConnector,
  untilState,
} from './connector-on.ts'
import { freshDatabase } from './fresh-database.ts'
import { optionsOf } from './postgres-options.ts'

/** A source database, a log in memory, and the real connector between them. */
export interface ConnectorBench {
  readonly connection: ConnectionOptions
  /** A connection of the application. */
  readonly app: Client
  readonly names: ObjectNames
  readonly cluster: MemoryCluster
  readonly log: MemoryLog
  start(options?: ConnectorTestOptions): RunningConnector
  /** Starts, and waits until so many tables are copied. */
  copied(tables: number): Promise<RunningConnector>
  /** Copies what is there, then stops. */
  copyOnce(tables: number): Promise<void>
  /** Connects `app` anew, after its server was stopped. */
  reconnect(): Promise<void>
}

/** All of it is gone at the end of the test. */
export async function connectorBench(server: PostgresConnection, tables: string): Promise<ConnectorBench> {
  const connection = optionsOf(await freshDatabase(server))
  let app = await quiet(connection)
  const names = objectNames(migration)
  onTestFinished(() => app.end())
  onTestFinished(() => dropPrepared(app, names))
  await app.query(tables)
  const cluster = new MemoryCluster()
  const log = openMemoryLog(cluster)
  onTestFinished(() => log.close())
  const copied = async (count: number) => {
    const connector = startConnector(cluster, connection)
    await Promise.race([untilState(log, allCopied(count)), unexpected(connector)])
    return connector
  }
  return {
    connection,
    get app() {
      return app
    },
    names,
    cluster,
    log,
    start: options => startConnector(cluster, connection, options),
    copied,
    copyOnce: async count => (await copied(count)).stop(),
    async reconnect() {
      await app.end().catch(() => undefined)
      app = await quiet(connection)
    },
  }
}

async function unexpected({ ended }: RunningConnector): Promise<never> {
  const error = await ended
  throw new Error('the connector ended', { cause: error })
}

async function quiet(connection: ConnectionOptions): Promise<Client> {
  const client = await connect(connection)
  // A server that is stopped by a test cuts it.
  client.on('error', () => undefined)
  return client
}
