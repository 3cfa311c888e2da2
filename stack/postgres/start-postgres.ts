import { randomBytes } from 'node:crypto'
import { appendFile, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { freePort } from '../free-port.ts'
import { runToEnd } from '../launch.ts'
import { openServerHome, type ServerHome } from '../server-home.ts'
import { type SupervisedServer, supervise } from '../supervise.ts'
import { untilReady } from '../until-ready.ts'
import { type PostgresVersion, postgresBinaries } from './binaries.ts'
import { createDatabase, type PostgresConnection, withClient } from './connection.ts'
import { postgresUser, type SystemUser } from './system-user.ts'

export interface PostgresOptions {
  readonly version: PostgresVersion
  /** Lines of postgresql.conf that are added to ours or replace them, such as `{ wal_level: 'replica' }`. */
  readonly settings?: Readonly<Record<string, string | number>>
  readonly initdbArgs?: readonly string[]
}

export interface PostgresServer extends PostgresConnection, SupervisedServer {
  /** Makes an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>
}

const defaultSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  max_replication_slots: 20,
  max_wal_senders: 20,
  max_connections: 200,
  max_wal_size: '4GB',
  // Only a crash of the machine could lose data, and then the whole server goes: a killed process loses nothing.
  fsync: 'off',
}

/** Starts a new, empty PostgreSQL on a free port of 127.0.0.1 that dies with this process. Takes about a second. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const user = postgresUser()
  const bin = await postgresBinaries(options.version, user)
  const home = openServerHome(`postgres-${options.version}`)
  try {
    const password = randomBytes(12).toString('hex')
    await initialise(home, { bin, user, password, args: options.initdbArgs ?? [] })
    const port = await freePort()
    await configure(home, { ...defaultSettings, ...options.settings, port })
    const connection = connectionTo(port, password, options.version)
    const server = await supervise(home, {
      command: { program: join(bin, 'postgres'), args: ['-D', dataFolder(home)], ...(user && { user }) },
      // "Fast": clients are disconnected, not waited for.
      stopSignal: 'SIGINT',
      ready: signal => untilReady(() => withClient(connection.url, select1), signal),
    })
    return Object.assign(server, connection, {
      createDatabase: (name: string) => createDatabase(connection, name),
    })
  } catch (cause) {
    await home.remove()
    throw cause
  }
}

async function select1(client: Client): Promise<void> {
  await client.query('SELECT 1')
}

const dataFolder = (home: ServerHome) => join(home.folder, 'data')

async function initialise(
  home: ServerHome,
  how: { bin: string; user: SystemUser | undefined; password: string; args: readonly string[] },
): Promise<void> {
  const passwordFile = join(home.folder, 'password')
  await mkdir(dataFolder(home), { mode: 0o700 })
  await writeFile(passwordFile, how.password, { mode: 0o600 })
  if (how.user) {
    for (const path of [home.folder, dataFolder(home), passwordFile])
      await chown(path, how.user.uid, how.user.gid)
  }
  const access = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const text = ['--encoding=UTF8', '--locale=C.UTF-8']
  await runToEnd(home, {
    program: join(how.bin, 'initdb'),
    args: ['-D', dataFolder(home), '--no-sync', ...access, ...text, ...how.args],
    ...(how.user && { user: how.user }),
  })
}

async function configure(
  home: ServerHome,
  settings: Readonly<Record<string, string | number>>,
): Promise<void> {
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`,
  )
  await appendFile(join(dataFolder(home), 'postgresql.conf'), lines.join(''))
}

function connectionTo(port: number, password: string, version: number): PostgresConnection {
  const host = '127.0.0.1'
  return {
    host,
    port,
    user: 'postgres',
    password,
    version,
    url: `postgres://postgres:${password}@${host}:${port}/postgres`,
  }
}
