import { expect, test } from 'vitest'
import { withClient } from '../../stack/postgres/connection.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'
import { runCli } from '../unit/cli/run-cli.ts'

failOnLeaks()

async function explain(table: string, ...options: readonly string[]) {
  const { source, kafka } = servers()
  const database = await freshDatabase(source)
  await withClient(database.url, client =>
    client.query('CREATE TABLE "Odd.name" (id int8 PRIMARY KEY, "*/ x\n" numeric(12,2), at interval)'),
  )
  const { host, port, user } = source
  const postgres = { host, port, user, database: database.name, password: { env: 'SECRET' } }
  const config = {
    migration: 'm',
    source: { postgres, tables: { include: ['public.*'] } },
    targets: [{ name: 'new', postgres }],
    kafka: { brokers: kafka.brokers },
  }
  return runCli(['explain', 'codec', '--table', table, ...options], {
    env: { SECRET: source.password },
    readFile: () => JSON.stringify(config),
  })
}

test('prints the code of a table with a comment for each column, which is code', async () => {
  const { exit, stdout } = await explain('public."Odd.name"', '--json')
  expect(exit).toBe(0)
  const codes: { purpose: string; source: string }[] = JSON.parse(stdout)
  expect(codes.map(({ purpose }) => purpose)).toEqual([
    'key: text to Avro',
    'row: text to Avro',
    'event: where the fields lie',
    'row: Avro to the text of COPY',
  ])
  for (const { source } of codes.slice(1)) expect(source).toContain('// "*/ x\\n", ')
  expect(codes[1]?.source).toContain('// "*/ x\\n", "numeric(12,2)" NULL')
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- only whether it parses
  for (const { source } of codes) expect(() => new Function(source)).not.toThrow()
})

test('names the nearest table if there is none of that name', async () => {
  const { exit, stderr } = await explain('public.Odd.name')
  expect(exit).toBe(4)
  expect(stderr).toContain('source.table_missing')
})
