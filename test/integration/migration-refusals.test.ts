import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { objectNames } from '../../connectors/postgres/object-names.ts'
import { withClient } from '../../stack/postgres/connection.ts'
import { startPostgres } from '../../stack/postgres/start-postgres.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import type { PostgresSettings } from '../support/migration/settings.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const tables = `CREATE TABLE orders (id int PRIMARY KEY, n int); INSERT INTO orders VALUES (1, 1)`
const secret = 'planted-secret-9f2c'

interface Refusal {
  readonly what: string
  /** Makes it wrong; gives what makes it right again, so that everything can be removed. */
  readonly spoil: (migration: Migration) => Promise<unknown>
  /** An error that `check` finds. */
  readonly finding: string
  /** With what the roles end: the code of the error and the exit code. */
  readonly role: 'connector' | 'sink'
  readonly code: string
  readonly exit: number
}

const refusals: readonly Refusal[] = [
  {
    what: 'a wrong password of the source',
    spoil: ({ settings }) => otherPassword(settings.source.postgres),
    finding: 'postgres.auth',
    role: 'connector',
    code: 'postgres.auth',
    exit: 2,
  },
  {
    what: 'a wrong password of the target',
    spoil: ({ settings }) => Promise.all(settings.targets.map(({ postgres }) => otherPassword(postgres))),
    finding: 'postgres.auth',
    role: 'sink',
    code: 'postgres.auth',
    exit: 2,
  },
  {
    what: 'a source database that does not exist',
    spoil: async ({ settings }) => (settings.source.postgres.database = 'nowhere'),
    finding: 'postgres.database_missing',
    role: 'connector',
    code: 'postgres.database_missing',
    exit: 2,
  },
  {
    what: 'a table that does not exist',
    spoil: async ({ settings }) => settings.source.tables.include.push('public.ordres'),
    finding: 'source.pattern_unmatched',
    role: 'connector',
    code: 'check.failed',
    exit: 3,
  },
  {
    what: 'a table without privileges',
    spoil: asStranger,
    finding: 'source.no_select',
    role: 'connector',
    code: 'check.failed',
    exit: 3,
  },
  {
    what: 'a table whose old rows are not in the log',
    spoil: migration => migration.sql('ALTER TABLE orders REPLICA IDENTITY NOTHING'),
    finding: 'source.identity_nothing',
    role: 'connector',
    code: 'check.failed',
    exit: 3,
  },
  {
    what: 'a slot of our name that belongs to another database',
    spoil: foreignSlot,
    finding: 'source.slot_foreign',
    role: 'connector',
    code: 'check.failed',
    exit: 3,
  },
  {
    what: 'a target table of another shape',
    spoil: ({ targets }) =>
      Promise.all(
        targets.map(({ client }) => client.query('CREATE TABLE orders (id text PRIMARY KEY, n int)')),
      ),
    finding: 'target.column_type',
    role: 'sink',
    code: 'target.table_differs',
    exit: 3,
  },
]

test.for(refusals)('$what is refused by check and by the $role, and nothing is changed', async refusal => {
  const migration = await openMigration({ tables })
  if (refusal.role === 'sink') {
    const connector = await migration.start('connector')
    await migration.until(({ tables: known }) => known.length > 0)
    await connector.stop()
  }
  const right = structuredClone(migration.settings)
  await refusal.spoil(migration)
  const before = await everything(migration)

  const check = await migration.cli('check', '--json')
  expect(check.exit).toBe(3)
  expect(check.stdout).toContain(`"severity":"error","code":"${refusal.finding}"`)
  const role = await migration.cli(refusal.role, '--log-level', 'silent')
  Object.assign(migration.settings, right)
  expect(role.stderr).toContain(`error ${refusal.code}`)
  expect(role.exit).toBe(refusal.exit)
  expect([check, role].map(run => run.stdout + run.stderr).join('')).not.toContain(secret)

  expect(await everything(migration)).toEqual(before)
})

/** What the migration has made, and the tables of the targets. */
async function everything(migration: Migration): Promise<readonly string[]> {
  const kept = await migration.kept()
  for (const { client } of migration.targets) {
    const { rows } = await client.query<{ name: string }>(
      `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
    )
    kept.push(...rows.map(({ name }) => name))
  }
  return kept
}

async function otherPassword(postgres: PostgresSettings): Promise<void> {
  if (!('file' in postgres.password)) return
  const file = `${postgres.password.file}.wrong`
  await writeFile(file, secret)
  postgres.password = { file }
}

/** From now on the source is read by a role that may log in, and no more. */
async function asStranger({ settings }: Migration): Promise<void> {
  const name = `stranger_${randomBytes(4).toString('hex')}`
  const { url } = servers().source
  await withClient(url, client => client.query(`CREATE ROLE ${name} LOGIN REPLICATION PASSWORD '${secret}'`))
  onTestFinished(async () => {
    await withClient(url, client => client.query(`DROP ROLE ${name}`))
  })
  await otherPassword(settings.source.postgres)
  settings.source.postgres.user = name
}

async function foreignSlot({ name }: Migration): Promise<void> {
  const other = await freshDatabase(servers().source)
  const { slot } = objectNames(name)
  await withClient(other.url, client =>
    client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]),
  )
  onTestFinished(async () => {
    await withClient(other.url, client => client.query(`SELECT pg_drop_replication_slot($1)`, [slot]))
  })
}

test('a source whose log does not tell rows is refused, and nothing is changed', async () => {
  const server = await startPostgres({ version: 15, settings: { wal_level: 'replica' } })
  onTestFinished(() => server.stop())
  const migration = await openMigration({ from: server, tables })
  const check = await migration.cli('check', '--json')
  expect(check.exit).toBe(3)
  expect(check.stdout).toContain('"severity":"error","code":"source.wal_level"')
  const role = await migration.cli('connector', '--log-level', 'silent')
  expect([role.exit, role.stderr]).toEqual([3, expect.stringContaining('error check.failed')])
  expect(await migration.kept()).toEqual([])
})

test('a server that does not answer is waited for by the roles and told by check', async () => {
  const migration = await openMigration({ tables })
  const right = structuredClone(migration.settings)
  migration.settings.source.postgres.port = 1
  for (const { postgres } of migration.settings.targets) postgres.port = 1
  const { exit, stdout } = await migration.cli('check', '--json')
  expect(exit).toBe(3)
  expect(stdout.match(/"severity":"error","code":"postgres.unreachable"/g)).toHaveLength(2)
  const role = await migration.start('run')
  await expect.poll(() => role.log).toContain('postgres.unreachable')
  Object.assign(migration.settings, right)
  expect(await migration.kept()).toEqual([])
  await role.stop()
})

test('a broker that does not answer is told by code', async () => {
  const migration = await openMigration({ tables })
  const { brokers } = migration.settings.kafka
  migration.settings.kafka.brokers = ['127.0.0.1:1']
  const check = await migration.cli('check', '--json')
  expect([check.exit, check.stdout]).toEqual([3, expect.stringContaining('"code":"kafka.unreachable"')])
  migration.settings.kafka.brokers = brokers
})

test('a migration is not dropped while its connector runs', async () => {
  const migration = await openMigration({ tables })
  await migration.start('run')
  await migration.drained()
  const before = await migration.kept()
  const drop = await migration.cli('drop', '--yes')
  expect([drop.exit, drop.stderr]).toEqual([5, expect.stringContaining('error source.slot_in_use')])
  expect(await migration.kept()).toEqual(before)
  await migration.sql('UPDATE orders SET n = 2')
  await migration.drained()
  await migration.expectEqual()
})
