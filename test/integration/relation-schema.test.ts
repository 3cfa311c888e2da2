import { expect, describe, test } from 'vitest'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import type { RelationColumn } from '../../connectors/postgres/stream/relation.ts'
import { schemaOfRelation } from '../../connectors/postgres/stream/relation-schema.ts'
import { ByteWriter } from '../../core/byte-writer.ts'
import { partitionKey } from '../../schemas/partition-key.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'
import { slicesOf } from '../support/text-row.ts'

failOnLeaks()

const table = { schema: 'public', name: 't' }
const int4 = 23
const text = 25

/** A table whose key ignores case, as it was described first. */
async function caselessTable(role: 'source' | 'target') {
  const client = await openClient(optionsOf(await freshDatabase(servers()[role])))
  await client.query(`CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TABLE t (k text COLLATE caseless PRIMARY KEY)`)
  const [before] = await describeTables(client, [table])
  const asLogged = (columns: readonly RelationColumn[]) =>
    schemaOfRelation(client, { ...table, oid: Number(before?.id), identity: 'd', columns }, before)
  return { client, asLogged }
}

function partitionBytes(schema: TableSchema, k: string): string {
  const out = new ByteWriter(16)
  partitionKey(schema).write(slicesOf(schema, { k }), out)
  return out.written().toString('hex')
}

function collations(schema: TableSchema): readonly unknown[] {
  return schema.columns.map(({ name, type, collation }) => [name, type.sql, collation])
}

const column = (name: string, type: number): RelationColumn => ({
  name,
  type,
  modifier: -1,
  isKey: name === 'k',
})

describe.each(['source', 'target'] as const)('on the %s server', role => {
  test('keys that the collation calls equal stay together while the catalogue has the key in another type already', async () => {
    const { client, asLogged } = await caselessTable(role)
    await client.query('ALTER TABLE t ADD n int; ALTER TABLE t ALTER k TYPE varchar(10) COLLATE caseless')
    const schema = await asLogged([column('k', text), column('n', int4)])
    expect(collations(schema)).toEqual([
      ['k', 'text', 'public.caseless'],
      ['n', 'integer', null],
    ])
    expect(partitionBytes(schema, 'A')).toBe(partitionBytes(schema, 'a'))
  })

  test('a column whose type has no collation, or that was not known before, gets none', async () => {
    const { client, asLogged } = await caselessTable(role)
    await client.query('ALTER TABLE t ALTER k TYPE bigint USING 1')
    expect(collations(await asLogged([column('k', int4), column('gone', text)]))).toEqual([
      ['k', 'integer', null],
      ['gone', 'text', null],
    ])
  })

  /** A table with a column of a type that was dropped since; `described` is what was known of it, and when. */
  async function lostType(described: 'before' | 'since') {
    const client = await openClient(optionsOf(await freshDatabase(servers()[role])))
    await client.query(
      `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE t (k int PRIMARY KEY, m mood, ms mood[])`,
    )
    const [old] = await describeTables(client, [table])
    await client.query(
      'ALTER TABLE t ALTER m TYPE text, ALTER ms TYPE text[] USING ms::text[], ADD n int; DROP TYPE mood',
    )
    const [now] = await describeTables(client, [table])
    const columns = (old?.columns ?? []).map(({ name, type }) => column(name, type.oid))
    const known = described === 'before' ? old : now
    const relation = {
      ...table,
      oid: Number(now?.id),
      identity: 'd',
      columns: [...columns, column('n', int4)],
    }
    return { old, schema: await schemaOfRelation(client, relation, known) }
  }

  test('a type that was dropped before the log was read is the one that was known', async () => {
    const { old, schema } = await lostType('before')
    const types = (columns: TableSchema['columns'] = []) => columns.slice(0, 3).map(({ type }) => type)
    expect(types(schema.columns)).toEqual(types(old?.columns))
    expect(schema.columns.map(({ name }) => name)).toEqual(['k', 'm', 'ms', 'n'])
  })

  test('a type that was dropped before anybody knew it travels as text', async () => {
    const { old, schema } = await lostType('since')
    const oids = old?.columns.map(({ type }) => type.oid)
    expect(schema.columns.slice(0, 3).map(({ type }) => [type.kind, type.sql, type.oid])).toEqual([
      ['base', 'integer', oids?.[0]],
      ['base', 'text', oids?.[1]],
      ['base', 'text', oids?.[2]],
    ])
  })
})
