import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { withClient } from '../../stack/postgres/connection.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'
import { runCli } from '../unit/cli/run-cli.ts'

failOnLeaks()

const planted = 'planted-password-7d1f'

interface Source {
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly include?: string
}

/** `switchback check` on a source with one table, with something about it changed. */
async function check(changes: Source) {
  const { source, target, kafka } = servers()
  const database = await freshDatabase(source)
  const copy = await freshDatabase(target)
  await withClient(database.url, client => client.query('CREATE TABLE orders (id int PRIMARY KEY)'))
  const migration = `b${randomBytes(5).toString('hex')}`
  const { include = 'public.*', password = source.password, ...server } = changes
  const { host, port, user } = source
  const config = {
    migration,
    source: {
      postgres: { host, port, user, ...server, database: database.name, password: { env: 'SOURCE' } },
      tables: { include: [include] },
    },
    targets: [
      {
        name: 'new',
        postgres: {
          host: target.host,
          port: target.port,
          user: target.user,
          database: copy.name,
          password: { env: 'TARGET' },
        },
      },
    ],
    kafka: { brokers: kafka.brokers, replication: 1 },
  }
  const env = { SOURCE: password, TARGET: target.password }
  const run = await runCli(['check', '--json'], { env, readFile: () => JSON.stringify(config) })
  const { parts } = JSON.parse(run.stdout)
  await expectNothingMade(migration, database.url)
  return { ...run, parts, database }
}

async function expectNothingMade(migration: string, url: string): Promise<void> {
  const log = openKafkaLog({ brokers: servers().kafka.brokers, clientId: 'test' })
  onTestFinished(() => log.close())
  expect(await log.topics(migration)).toEqual([])
  const made = await withClient(url, client =>
    client.query(
      'SELECT slot_name FROM pg_replication_slots WHERE database = current_database() UNION ALL SELECT pubname FROM pg_publication',
    ),
  )
  expect(made.rows).toEqual([])
}

function errorsOf(parts: { part: string; findings: { severity: string; code: string }[] }[]): string[][] {
  return parts.flatMap(({ part, findings }) =>
    findings.filter(({ severity }) => severity === 'error').map(({ code }) => [part, code]),
  )
}

test('a migration that can work has no errors and ends with 0', async () => {
  const { exit, parts } = await check({})
  expect([exit, errorsOf(parts)]).toEqual([0, []])
})

test('a wrong password is told by code, without being shown', async () => {
  const { exit, parts, stdout, stderr } = await check({ password: planted })
  expect([exit, errorsOf(parts)]).toEqual([3, [['source', 'postgres.auth']]])
  expect(stdout + stderr).not.toContain(planted)
})

test('a server that does not answer is told by code, and the others are checked all the same', async () => {
  const { exit, parts } = await check({ port: 1 })
  expect(exit).toBe(3)
  expect(errorsOf(parts)).toContainEqual(['source', 'postgres.unreachable'])
  expect(parts.map(({ part }: { part: string }) => part)).toEqual([
    'kafka',
    'registry',
    'source',
    'target new',
  ])
})

test('a table that does not exist is told', async () => {
  const { exit, parts } = await check({ include: 'public.ordres' })
  expect([exit, errorsOf(parts).map(([part]) => part)]).toEqual([3, expect.arrayContaining(['source'])])
})

test('a user without rights gets all of them named', async () => {
  const name = `nobody_${randomBytes(4).toString('hex')}`
  await withClient(servers().source.url, client =>
    client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${planted}'`),
  )
  onTestFinished(async () => {
    await withClient(servers().source.url, client => client.query(`DROP ROLE ${name}`))
  })
  const { exit, parts, stdout } = await check({ user: name, password: planted })
  expect(exit).toBe(3)
  expect(errorsOf(parts).length).toBeGreaterThan(1)
  expect(stdout).not.toContain(planted)
})
