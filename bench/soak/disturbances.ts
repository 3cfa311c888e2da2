import { withClient } from '../../stack/postgres/connection.ts'
import { sleep } from '../../core/time.ts'
import type { SupervisedServer } from '../../stack/supervise.ts'
import type { Soak } from './soak.ts'
import type { SoakMigration } from './soak-migration.ts'

type Disturbance = (soak: Soak, migration: SoakMigration, signal: AbortSignal) => Promise<void>

const downMs = 2_000

const restartRole =
  (role: 'connector' | 'sink', how: 'stop' | 'kill'): Disturbance =>
  (_, migration, signal) =>
    migration.restart(role, how, signal)

const killBoth: Disturbance = async (_, migration, signal) => {
  const roles = ['connector', 'sink'] as const
  await Promise.all(roles.map(role => migration.restart(role, 'kill', signal)))
}

const restartServer =
  (name: 'kafka' | 'source' | 'target', how: 'restart' | 'crash'): Disturbance =>
  async (soak, _, signal) => {
    const server: SupervisedServer = soak.servers[name]
    soak.isServerDown = true
    if (how === 'crash') {
      await server.kill()
      await sleep(downMs, signal)
    }
    await server.restart()
    soak.isServerDown = false
  }

const cut =
  (name: 'source' | 'target'): Disturbance =>
  async ({ servers }) => {
    await withClient(servers[name].url, client =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'switchback%'`,
      ),
    )
  }

type Named = readonly [name: string, disturbance: Disturbance]

const ofServers: readonly Named[] = [
  ['the source ends our sessions', cut('source')],
  ['the target ends our sessions', cut('target')],
  ['Kafka is restarted', restartServer('kafka', 'restart')],
  ['the source is restarted', restartServer('source', 'restart')],
  ['the target crashes', restartServer('target', 'crash')],
]

const ofRoles: readonly Named[] = [
  ['the connector is killed', restartRole('connector', 'kill')],
  ['the sink is killed', restartRole('sink', 'kill')],
  ['the connector is stopped', restartRole('connector', 'stop')],
  ['the sink is stopped', restartRole('sink', 'stop')],
  ['both are killed', killBoth],
]

const crashes: readonly Named[] = [
  ['Kafka crashes', restartServer('kafka', 'crash')],
  ['the source crashes', restartServer('source', 'crash')],
]

/** All that happens in a rough time: processes are restarted more often than servers. */
export const rough: readonly Named[] = [...ofRoles, ...ofRoles, ...ofServers, ...crashes]
/** What happens while processes live on. */
export const steady: readonly Named[] = ofServers
