import { type ChildProcess, spawn } from 'node:child_process'
import { Client } from 'pg'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { withClient } from '../../stack/postgres/connection.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks, leftIn } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'

describe('a test that leaves something behind fails', () => {
  failOnLeaks(1_000)
  const children: ChildProcess[] = []
  // What makes the tests fail comes after their end.
  afterAll(() => {
    for (const child of children) child.kill()
  })

  test.fails('a child process', () => {
    const child = spawn('sleep', ['300'])
    children.push(child)
    expect(child.pid).toBeGreaterThan(0)
  })

  test.fails('a replication slot', async () => {
    const database = await freshDatabase(servers().source)
    await withClient(database.url, client =>
      client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [database.name]),
    )
    expect(await leftIn(database)).toHaveLength(1)
  })
})

test('a slot and a connection of ours are seen, and a database is dropped in spite of them', async () => {
  const cleanups: (() => Promise<void>)[] = []
  const database = await freshDatabase(servers().source, cleanup => void cleanups.push(cleanup))
  const client = new Client({ connectionString: database.url, application_name: 'switchback connector' })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  await client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [database.name])

  expect(await leftIn(database)).toEqual([
    `replication slot ${database.name}`,
    expect.stringMatching(/^connection switchback connector/),
  ])

  for (const cleanup of cleanups) await cleanup()
  const { rows } = await withClient(servers().source.url, other =>
    other.query('SELECT 1 FROM pg_database WHERE datname = $1', [database.name]),
  )
  expect(rows).toEqual([])
})
