import type { Client } from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { withoutNumbers } from '../../connectors/refuse-renamed.ts'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { preparedSource, readTransactions } from '../support/log-reader.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

describe.each(['source', 'target'] as const)('on the %s server', role => {
  let options: ConnectionOptions
  let app: Client

  beforeEach(async () => {
    options = optionsOf(await freshDatabase(servers()[role]))
    app = await openClient(options)
  })

  test('a captured table that was renamed meanwhile halts the stream', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY)')
    const source = await preparedSource(options, ['t', 'u'])
    await app.query('INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)')
    const stream = await source.open(source.prepared.start)
    await readTransactions(stream, 1)
    await app.query('ALTER TABLE t RENAME TO t_old; INSERT INTO t_old VALUES (2)')
    await expect(readTransactions(stream, 1)).rejects.toMatchObject({ code: 'source.table_missing' })
    await stream.close()
  })

  test.each([
    ['another name', 'ALTER TABLE t RENAME TO s', 's', 'ALTER TABLE s RENAME TO t'],
    [
      'another schema',
      'CREATE SCHEMA other; ALTER TABLE t SET SCHEMA other',
      'other.t',
      'ALTER TABLE other.t SET SCHEMA public',
    ],
  ])(
    'rows that were written while a captured table had %s halt the stream, although it has its own back',
    async (_, away, elsewhere, back) => {
      await app.query('CREATE TABLE t (id int PRIMARY KEY)')
      const source = await preparedSource(options, ['t'])
      await app.query(away)
      await app.query(`INSERT INTO ${elsewhere} VALUES (1)`)
      await app.query(back)
      await app.query('INSERT INTO t VALUES (2)')
      const stream = await source.open(source.prepared.start, await source.describe())
      await expect(readTransactions(stream, 1)).rejects.toMatchObject({ code: 'source.table_missing' })
    },
  )

  test('a table that is still to be copied may have had another name before, but not any more', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY)')
    const source = await preparedSource(options, ['t', 'u'])
    await app.query('INSERT INTO t VALUES (1)')
    await app.query('ALTER TABLE t RENAME TO s')
    await app.query('INSERT INTO s VALUES (2)')
    const names = ['s', 'u'].map(name => ({ schema: 'public', name }))
    const known = (await describeTables(app, names)).map(withoutNumbers)
    const stream = await source.open(source.prepared.start, known)
    expect((await readTransactions(stream, 1)).messages).toEqual([['c', 's', ['2']]])
    // The log has not told of it yet.
    await app.query('ALTER TABLE u RENAME TO v')
    await app.query('INSERT INTO v VALUES (1)')
    await app.query('ALTER TABLE v RENAME TO u; INSERT INTO u VALUES (2)')
    await expect(readTransactions(stream, 1)).rejects.toMatchObject({ code: 'source.table_missing' })
  })

  test('a partitioned table arrives as one, whatever partition a row is in', async () => {
    await app.query(`CREATE TABLE p (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE p1 (at int NOT NULL, id int NOT NULL); ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (10);
      CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)`)
    const source = await preparedSource(options, ['p'])
    await app.query(
      'INSERT INTO p VALUES (1, 5), (2, 15); UPDATE p SET id = 9 WHERE id = 1; UPDATE p SET at = 11 WHERE id = 9',
    )
    const { messages } = await readTransactions(await source.open(source.prepared.start), 1)
    expect(messages).toEqual([
      ['c', 'p', ['1', '5']],
      ['c', 'p', ['2', '15']],
      ['u', 'p', ['9', '5'], 'key', ['1', '5']],
      ['d', 'p', 'key', ['9', '5']],
      ['c', 'p', ['9', '11']],
    ])
  })

  test('a partitioned table without a key whose partitions log whole rows tells whole old rows', async () => {
    await app.query(`CREATE TABLE p (n int NOT NULL, note text) PARTITION BY RANGE (n);
      CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); ALTER TABLE p1 REPLICA IDENTITY FULL`)
    const source = await preparedSource(options, ['p'])
    await app.query(
      `INSERT INTO p VALUES (1, 'a'), (2, 'b'); UPDATE p SET note = 'c' WHERE n = 1; DELETE FROM p WHERE n = 2`,
    )
    const { messages } = await readTransactions(await source.open(source.prepared.start), 1)
    expect(messages.filter(([kind]) => kind !== 'relation').slice(2)).toEqual([
      ['u', 'p', ['1', 'c'], 'old', ['1', 'a']],
      ['d', 'p', 'old', ['2', 'b']],
    ])
  })

  test('partitions that log no more than the key tell a key, whatever the identity of their root says', async () => {
    await app.query(`CREATE TABLE p (id int PRIMARY KEY, note text NOT NULL) PARTITION BY RANGE (id);
      CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); ALTER TABLE p REPLICA IDENTITY FULL`)
    const source = await preparedSource(options, ['p'])
    await app.query(`INSERT INTO p VALUES (1, 'a'); DELETE FROM p`)
    const { messages } = await readTransactions(await source.open(source.prepared.start), 1)
    expect(messages.filter(([kind]) => kind !== 'relation').slice(1)).toEqual([
      ['d', 'p', 'key', ['1', null]],
    ])
  })
})
