import type { Client } from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { capturable, matchingRelations } from '../../connectors/postgres/catalog/list-tables.ts'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

describe.each(['source', 'target'] as const)('on the %s server', role => {
  let client: Client

  beforeEach(async () => {
    client = await openClient(optionsOf(await freshDatabase(servers()[role])))
  })

  const describeOne = async (name: string, schema = 'public'): Promise<TableSchema> => {
    const [table] = await describeTables(client, [{ schema, name }])
    if (table === undefined) throw new Error('nothing described')
    return table
  }

  test('columns carry types, defaults, identity, generation, collation and the value of older rows', async () => {
    await client.query(`CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n numeric(12,2) NOT NULL DEFAULT 1.50,
      twice numeric GENERATED ALWAYS AS (n * 2) STORED, note text COLLATE "C", tags varchar(7)[][])`)
    await client.query('ALTER TABLE t DROP COLUMN note')
    await client.query(`ALTER TABLE t ADD COLUMN note text COLLATE "C"`)
    await client.query('INSERT INTO t DEFAULT VALUES')
    await client.query(
      `ALTER TABLE t ADD COLUMN late text DEFAULT 'it''s', ADD COLUMN list int[] DEFAULT '{1,NULL,3}'`,
    )
    const { columns, key, identity, primaryKey } = await describeOne('t')
    const brief = columns.map(c => [
      c.name,
      c.type.sql,
      c.nullable,
      c.default,
      c.missingValue,
      c.identity,
      c.generated,
      c.collation,
    ])
    expect(brief).toEqual([
      ['id', 'bigint', false, null, null, 'always', null, null],
      ['n', 'numeric(12,2)', false, '1.50', null, null, null, null],
      ['twice', 'numeric', true, null, null, null, expect.stringContaining('n *'), null],
      ['tags', 'character varying(7)[]', true, null, null, null, null, null],
      ['note', 'text', true, null, null, null, null, 'pg_catalog."C"'],
      ['late', 'text', true, `'it''s'::text`, `it's`, null, null, null],
      ['list', 'integer[]', true, `'{1,NULL,3}'::integer[]`, '{1,NULL,3}', null, null, null],
    ])
    expect([key, identity, primaryKey?.create]).toEqual([['id'], 'default', 'PRIMARY KEY (id)'])
    expect(columns[3]?.type).toMatchObject({
      kind: 'array',
      dimensions: 2,
      modifier: 11,
      element: { kind: 'base', name: 'varchar', modifier: 11 },
    })
  })

  test('a collation that calls different texts equal is told also where it comes with a domain', async () => {
    await client.query(`CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE DOMAIN word AS text COLLATE nocase; CREATE DOMAIN plain AS text COLLATE "C";
      CREATE TABLE words (a word, b plain, c text COLLATE nocase, d text, PRIMARY KEY (a, b, c, d))`)
    const { columns } = await describeOne('words')
    expect(columns.map(({ collation }) => collation)).toEqual(['public.nocase', null, 'public.nocase', null])
  })

  test('what a table needs can be created from its description in another place, in order', async () => {
    await client.query(`CREATE SCHEMA "My Types"; CREATE EXTENSION citext SCHEMA "My Types";
      CREATE TYPE "My Types"."Mo'od" AS ENUM ('so', 'it''s', 'happy');
      CREATE DOMAIN "My Types".positive AS numeric(10,2) DEFAULT 3 NOT NULL CONSTRAINT above CHECK (VALUE > 0) CHECK (VALUE < 1000);
      CREATE TYPE "My Types".pair AS (mood "My Types"."Mo'od", amount "My Types".positive, "odd name" "My Types".citext[]);
      CREATE TYPE "My Types".spans AS RANGE (SUBTYPE = float8);
      CREATE SEQUENCE "My Types"."se q" AS int INCREMENT 7 START 14 CYCLE;
      CREATE TABLE "We.ird" (id int PRIMARY KEY DEFAULT nextval('"My Types"."se q"'), p "My Types".pair, ps "My Types".pair[],
        c "My Types".citext, d "My Types".positive, s "My Types".spans, ms "My Types".spans_multirange)`)
    const { requires, columns } = await describeOne('We.ird')
    expect(requires.map(object => object.kind)).toEqual([
      'schema',
      'schema',
      'extension',
      'enum',
      'domain',
      'composite',
      'range',
      'sequence',
    ])
    await client.query('DROP TABLE "We.ird"; DROP SCHEMA "My Types" CASCADE')
    for (const object of requires) await client.query(object.create)
    await client.query(
      `CREATE TABLE again (${columns.map((c, i) => `c${i} ${c.type.sql} DEFAULT ${c.default ?? 'NULL'}`).join(', ')})`,
    )
    expect(columns.map(c => c.type.kind)).toEqual([
      'base',
      'composite',
      'array',
      'base',
      'domain',
      'range',
      'multirange',
    ])
    expect(columns[3]?.type).toMatchObject({ extension: 'citext', name: 'citext' })
    expect(columns[4]?.type).toMatchObject({ base: { sql: 'numeric(10,2)', modifier: 655_366 } })
  })

  test('secondary objects are whole statements that run again, foreign keys last', async () => {
    await client.query(`CREATE TABLE parent (id int PRIMARY KEY);
      CREATE TABLE t (id int PRIMARY KEY, a text UNIQUE, b int REFERENCES parent DEFERRABLE, r int4range, CHECK (b > 0), EXCLUDE USING gist (r WITH &&));
      CREATE UNIQUE INDEX "Odd ON ONLY x" ON t (lower(a)) WHERE b IS NOT NULL; CREATE INDEX plain ON t (b DESC)`)
    const { secondary } = await describeOne('t')
    expect(secondary.map(object => object.kind)).toEqual([
      'index',
      'index',
      'unique',
      'exclusion',
      'check',
      'foreign-key',
    ])
    await client.query('DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, a text, b int, r int4range)')
    for (const object of secondary) await client.query(object.create)
    expect((await describeOne('t')).secondary).toEqual(secondary)
  })

  test('a partitioned table is described as one table, its partitions are not listed', async () => {
    await client.query(`CREATE TABLE p (id int, at date, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01'); CREATE INDEX "p note" ON p (note);
      CREATE TABLE base (id int); CREATE TABLE child (more int) INHERITS (base)`)
    const table = await describeOne('p')
    expect([table.key, table.identity]).toEqual([['id', 'at'], 'default'])
    expect(table.secondary.map(object => object.create)).toEqual([
      'CREATE INDEX "p note" ON public.p USING btree (note)',
    ])
    const listed = await matchingRelations(client, { include: ['public.*'], exclude: ['public.c*'] })
    expect(listed).toEqual([
      { schema: 'public', name: 'base', kind: 'table' },
      { schema: 'public', name: 'p', kind: 'partitioned' },
    ])
    await client.query('ALTER TABLE p1 REPLICA IDENTITY NOTHING')
    expect((await describeOne('p')).identity).toBe('nothing')
  })

  test('a partition whose identity is an index of other columns than the key does not tell the key', async () => {
    await client.query(`CREATE TABLE p (id int, at int, code int NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE p1 (code int NOT NULL, at int NOT NULL, id int NOT NULL, UNIQUE (code), UNIQUE (code, at) INCLUDE (id), UNIQUE (at, code, id));
      ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)`)
    const identities: string[] = []
    for (const index of ['p1_code_key', 'p1_code_at_id_key', 'p1_at_code_id_key', 'p1_pkey']) {
      await client.query(`ALTER TABLE p1 REPLICA IDENTITY USING INDEX ${index}`)
      identities.push((await describeOne('p')).identity)
    }
    expect(identities).toEqual(['nothing', 'nothing', 'default', 'default'])
  })

  test('the key follows the replica identity', async () => {
    await client.query(`CREATE TABLE full_pk (id int PRIMARY KEY, a int NOT NULL); ALTER TABLE full_pk REPLICA IDENTITY FULL;
      CREATE TABLE indexed (id int PRIMARY KEY, b int NOT NULL, a int NOT NULL); CREATE UNIQUE INDEX ab ON indexed (a, b); ALTER TABLE indexed REPLICA IDENTITY USING INDEX ab;
      CREATE TABLE bare (a int); CREATE TABLE full_bare (a int); ALTER TABLE full_bare REPLICA IDENTITY FULL`)
    const names = ['full_pk', 'indexed', 'bare', 'full_bare']
    const tables = await describeTables(
      client,
      names.map(name => ({ schema: 'public', name })),
    )
    expect(tables.map(t => [t.table.name, t.identity, t.key])).toEqual([
      ['full_pk', 'full', ['id']],
      ['indexed', 'index', ['a', 'b']],
      ['bare', 'default', []],
      ['full_bare', 'full', []],
    ])
  })

  test('patterns take exact quoted names, and what cannot be captured is told by its kind', async () => {
    await client.query(`CREATE TABLE "a.b" (id int); CREATE TABLE "A" (id int); CREATE UNLOGGED TABLE fast (id int); CREATE VIEW v AS SELECT 1;
      CREATE SCHEMA switchback; CREATE TABLE switchback.progress (id int)`)
    const all = await matchingRelations(client, { include: ['*.*', 'public."a.b"'], exclude: [] })
    expect(all.map(table => [table.name, table.kind])).toEqual([
      ['A', 'table'],
      ['a.b', 'table'],
      ['fast', 'unlogged'],
      ['v', 'view'],
    ])
    expect(capturable(all).map(table => table.name)).toEqual(['A', 'a.b'])
    const exact = await matchingRelations(client, { include: ['public."a.b"'], exclude: [] })
    expect(exact.map(table => table.name)).toEqual(['a.b'])
  })

  test('a table that does not exist is an error that names it', async () => {
    await expect(describeOne('nothing.here')).rejects.toMatchObject({
      code: 'source.table_missing',
      message: expect.stringContaining('public."nothing.here"'),
    })
  })
})
