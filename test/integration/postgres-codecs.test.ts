import { expect, it } from 'vitest'
import { startupOptions } from '../../databases/postgres/session-settings.ts'
import { codecForType } from '../../schemas/codec-for-type.ts'
import type { ColumnType } from '../../schemas/column-type.ts'
import { withClient } from '../../stack/postgres/connection.ts'
import { codecTrip } from '../support/codec-trip.ts'
import { arrayType, baseType, numericType } from '../support/column-types.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { servers } from '../support/servers.ts'

/** A type, and an expression that makes values of it at random. */
const types: readonly (readonly [string, ColumnType, string])[] = [
  ['float4', baseType('float4'), `(random() * 2 - 1) * power(10, random() * 70 - 35)`],
  ['float8', baseType('float8'), `(random() * 2 - 1) * power(10, random() * 600 - 300)`],
  ['float8', baseType('float8'), `(random() * 2000000)::int / 100.0`],
  [
    'numeric(30,10)',
    numericType(30, 10),
    `(random()::numeric * 2 - 1) * power(10::numeric, (random() * 19)::int)`,
  ],
  [
    'numeric',
    baseType('numeric'),
    `(random()::numeric * 2 - 1) * power(10::numeric, (random() * 60 - 30)::int)`,
  ],
  ['money', baseType('money'), `((random() * 2 - 1) * power(10, random() * 16))::numeric`],
  ['date', baseType('date'), `date '4713-11-24 BC' + (random() * 2147483000)::int`],
  ['timestamp', baseType('timestamp'), `timestamp '4713-11-24 BC' + random() * interval '298000 years'`],
  [
    'timestamp(3)',
    baseType('timestamp', 3),
    `timestamp '4713-11-24 BC' + random() * interval '298000 years'`,
  ],
  [
    'timestamptz',
    baseType('timestamptz'),
    `timestamptz '4713-11-24 BC' + random() * interval '298000 years'`,
  ],
  ['timestamptz(2)', baseType('timestamptz', 2), `now() - random() * interval '200 years'`],
  ['time', baseType('time'), `'12:00'::time + random() * interval '1 day'`],
  ['time(2)', baseType('time', 2), `'12:00'::time + random() * interval '1 day'`],
  [
    'timetz',
    baseType('timetz'),
    `(('12:00'::time + random() * interval '1 day') || (ARRAY['+', '-'])[1 + (random())::int] || lpad((random() * 15)::int::text, 2, '0') || (ARRAY['', ':30', ':15:07'])[1 + (random() * 2)::int])`,
  ],
  [
    'interval',
    baseType('interval'),
    `(random() * 2 - 1) * interval '300 years' + (random() * 2 - 1) * interval '300 days' + (random() * 2 - 1) * interval '300 hours'`,
  ],
  ['bit(13)', baseType('bit', 13), `(random() * 8191)::int::bit(13)`],
  ['varbit', baseType('varbit'), `B'1' || (random() * 8191)::int::bit(13)`],
  ['point', baseType('point'), `point(random() * 1000, (random() - .5) * power(10, random() * 30))`],
  ['bytea', baseType('bytea'), `decode(md5(random()::text), 'hex')`],
  [
    'hstore',
    baseType('hstore', -1, 'hstore'),
    `hstore(ARRAY[md5(random()::text), 'q"\\,=>' || chr(1 + (random() * 3000)::int)], ARRAY[NULL, chr(1 + (random() * 3000)::int) || ' ''"'])`,
  ],
  [
    'text[]',
    arrayType(baseType('text')),
    `ARRAY[chr(1 + (random() * 3000)::int), NULL, 'NULL', '', 'a,"\\{}' || random(), ' x ']`,
  ],
  ['float8[]', arrayType(baseType('float8')), `ARRAY[random(), NULL, 1e30 * random(), 'NaN', '-0']`],
  [
    'timestamptz[]',
    arrayType(baseType('timestamptz')),
    `ARRAY[now() - random() * interval '200 years', NULL, 'infinity', '0044-03-15 BC']`,
  ],
  ['numeric[]', arrayType(baseType('numeric')), `ARRAY[random()::numeric, NULL, 5.000]`],
  ['bytea[]', arrayType(baseType('bytea')), `ARRAY[decode(md5(random()::text), 'hex'), '']`],
]

const samples = 1000

it('the database reads back every value that we encode as the very same value', async () => {
  const database = await freshDatabase(servers().source)
  const url = `${database.url}?options=${encodeURIComponent(startupOptions())}`
  await withClient(url, async client => {
    await client.query('CREATE EXTENSION hstore')
    for (const [name, type, expression] of types) {
      // format() takes each type's own output function; a cast to text would cut char(n).
      const given = await client.query<{ text: string }>(
        `SELECT format('%s', (${expression})::${name}) AS text FROM generate_series(1, ${samples}) AS g WHERE g > 0`,
      )
      const codec = codecForType(type)
      const pairs = given.rows.map(({ text }) => ({ text, back: codecTrip(codec, text)?.text ?? null }))
      const fitting = pairs.filter(pair => pair.back !== null)
      expect(fitting.length, name).toBeGreaterThan(samples * 0.99)
      const different = await client.query(
        `SELECT a, b FROM unnest($1::text[], $2::text[]) AS pair(a, b) WHERE format('%s', b::${name}) IS DISTINCT FROM a`,
        [fitting.map(pair => pair.text), fitting.map(pair => pair.back)],
      )
      expect(different.rows, name).toEqual([])
    }
  })
})
