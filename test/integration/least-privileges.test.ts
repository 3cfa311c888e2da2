import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { withClient } from '../../stack/postgres/connection.ts'
import { documentedKafkaRights, documentedStatements } from '../support/documented-rights.ts'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { passwordFolder } from '../support/migration/settings.ts'
import { type SecuredKafka, startSecuredKafka } from '../support/secured-kafka.ts'
import { startTlsPostgres, type TlsPostgres } from '../support/tls-postgres.ts'

failOnLeaks()

let database: TlsPostgres
let kafka: SecuredKafka

beforeAll(async () => {
  const users = { connector: 'pw-connector', sink: 'pw-sink', operator: 'pw-operator', nobody: 'pw-nobody' }
  const [started, secured] = await Promise.all([startTlsPostgres(), startSecuredKafka(users)])
  database = started
  kafka = secured
})
afterAll(async () => {
  await kafka.stop()
  await database.stop()
})

const tables = `
  SET ROLE app_owner;
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE TABLE person (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, mood mood DEFAULT 'sad' CHECK (mood <> 'happy' OR name <> ''));
  CREATE TABLE pet (id bigserial PRIMARY KEY, owner int REFERENCES person, name varchar(40));
  CREATE TABLE note (body text);
  ALTER TABLE note REPLICA IDENTITY FULL;
  CREATE INDEX ON pet (owner, name);
  INSERT INTO person (name) SELECT 'n' || n FROM generate_series(1, 500) n;
  INSERT INTO pet (owner, name) SELECT n, 'p' || n FROM generate_series(1, 500) n;
  INSERT INTO note SELECT 'x' FROM generate_series(1, 5);
  RESET ROLE`

/** A migration whose users have what the documents say and nothing else: `switchback` at the source, `applier` in the target. */
async function unprivileged(): Promise<Migration> {
  const { server, authority } = database
  onTestFinished(() => dropRoles(server.url))
  const migration = await openMigration({ from: server, to: [server], kafka: kafka.server })
  const [target] = migration.targets
  const folder = await passwordFolder()
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const login = (user: string) => ({
    user,
    password: { file: file('password', 'right') },
    ssl: { mode: 'verify-full', ca: file('ca.pem', authority.cert) },
  })
  await migration.sql('CREATE ROLE app_owner; GRANT CREATE ON SCHEMA public TO app_owner')
  await migration.sql(tables)
  await migration.sql(statements('Source', 'switchback', migration.source.database.name))
  await target?.client.query(statements('Target', 'applier', target.database.name))
  // Every role may make temporary tables unless somebody forbids it.
  await target?.client.query(`REVOKE TEMPORARY ON DATABASE ${target.database.name} FROM PUBLIC`)
  Object.assign(migration.settings.source.postgres, login('switchback'))
  Object.assign(migration.settings.targets[0]?.postgres ?? {}, login('applier'))
  return migration
}

function statements(side: 'Source' | 'Target', user: string, name: string): string {
  return documentedStatements(side)
    .join('\n')
    .replaceAll('switchback', user)
    .replaceAll('DATABASE shop', `DATABASE ${name}`)
    .replaceAll("'…'", "'right'")
}

async function dropRoles(url: string): Promise<void> {
  const left = `REVOKE ALL ON PARAMETER session_replication_role FROM applier; DROP ROLE switchback, applier, app_owner`
  await withClient(url, client => client.query(left))
}

/** From the next start on. */
function logIn(migration: Migration, user: string): void {
  Object.assign(migration.settings.kafka, kafka.settings(user))
}

test('a whole migration over TLS needs no more than the privileges that the documents list', async () => {
  const migration = await unprivileged()
  const [target] = migration.targets
  await kafka.grant(documentedKafkaRights(migration.name))
  logIn(migration, 'operator')
  const check = await migration.cli('check')
  expect(check, check.stdout).toMatchObject({ exit: 0 })
  logIn(migration, 'connector')
  await migration.start('connector')
  logIn(migration, 'sink')
  const sink = await migration.start('sink')
  logIn(migration, 'operator')
  await migration.copied()
  await migration.sql(`
    UPDATE person SET name = 'changed', mood = 'happy' WHERE id = 1;
    DELETE FROM pet WHERE id = 2;
    UPDATE note SET body = 'y';
    INSERT INTO pet (owner, name) VALUES (3, 'new');
    ALTER TABLE pet ADD COLUMN age int;
    UPDATE pet SET age = 1 WHERE id = 7;
    TRUNCATE note;
    INSERT INTO note VALUES ('z')`)
  await migration.drained()
  await migration.expectEqual()
  await expect.poll(() => sink.log).toContain('all indexes and constraints are built')
  const built = await target?.client.query(
    `SELECT contype::text AS type FROM pg_constraint WHERE conrelid IN ('person'::regclass, 'pet'::regclass) AND contype <> 'n' ORDER BY 1`,
  )
  expect(built?.rows.map(({ type }) => type).join('')).toBe('cfppu')
  expect(await migration.cli('status')).toMatchObject({ exit: 0 })
  expect(await migration.cli('dead-letters', 'list')).toMatchObject({ exit: 0 })
})

test('the check tells every privilege that is missing, and what to grant', async () => {
  const migration = await unprivileged()
  const [target] = migration.targets
  logIn(migration, 'nobody')
  const { name } = migration
  await migration.sql(`
    ALTER ROLE switchback NOREPLICATION;
    REVOKE CREATE ON DATABASE ${migration.source.database.name} FROM switchback;
    REVOKE app_owner FROM switchback;
    REVOKE SELECT ON person FROM switchback;
    ALTER TABLE pet ENABLE ROW LEVEL SECURITY`)
  await target?.client.query(`
    REVOKE CREATE, TEMPORARY ON DATABASE ${target.database.name} FROM applier;
    REVOKE CREATE ON SCHEMA public FROM applier;
    REVOKE SET ON PARAMETER session_replication_role FROM applier`)
  const { exit, stdout } = await migration.cli('check', '--json')
  // What closes the migration has to be let in again.
  Object.assign(migration.settings.kafka, { brokers: kafka.server.brokers, tls: undefined, sasl: undefined })
  expect(exit).toBe(3)
  const { parts } = checked.parse(JSON.parse(stdout))
  const found = parts.flatMap(({ part, findings }) =>
    findings
      .filter(({ severity, code }) => severity === 'error' || code === 'kafka.right_missing')
      .map(({ code, subject, remedy }) => [part, code, subject, remedy] as const),
  )
  const places = found.map(([part, code, subject]) => `${part}: ${code} ${subject}`)
  expect(places.toSorted()).toEqual(
    [
      `kafka: kafka.denied ${name}.state`,
      `kafka: kafka.denied ${name}.check`,
      'kafka: kafka.denied _schemas',
      `kafka: kafka.right_missing group ${name}.new`,
      `kafka: kafka.right_missing transactional id switchback.${name}.connector`,
      'source: source.no_replication switchback',
      'source: source.no_publication switchback',
      'source: source.no_select public.person',
      'source: source.row_security public.pet',
      ...['note', 'person', 'pet'].map(table => `source: source.not_owner public.${table}`),
      `target new: target.privilege_missing ${target?.database.name}`,
      `target new: target.privilege_missing ${target?.database.name}`,
      'target new: target.privilege_missing schema "public"',
      `target new: target.replica_role_denied ${target?.database.name}`,
    ].toSorted(),
  )
  for (const [, code, , remedy] of found) expect(remedy, code).toMatch(/grant|ALTER ROLE|Allow/i)
})

const checked = z.object({
  parts: z.array(
    z.object({
      part: z.string(),
      findings: z.array(
        z.object({ severity: z.string(), code: z.string(), subject: z.string(), remedy: z.string() }),
      ),
    }),
  ),
})
