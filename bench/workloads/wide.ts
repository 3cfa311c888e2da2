import type { Workload } from './workload.ts'

/** Ten types with a value made from the row's number `i` and the column's `c`; six columns of each are sixty. */
const kinds: readonly (readonly [type: string, value: string])[] = [
  ['bigint', 'i * c'],
  ['int', '(i * c) % 1000000'],
  ['numeric(18, 4)', 'i * c / 7.0'],
  ['double precision', 'i / (c + 0.5)'],
  ['boolean', '(i + c) % 2 = 0'],
  ['uuid', 'md5((i + c)::text)::uuid'],
  ['timestamptz', "timestamptz '2020-01-01 00:00:00Z' + (i + c) * interval '1 minute'"],
  ['date', "date '2000-01-01' + ((i + c) % 9000)::int"],
  ['text', 'repeat(md5((i * c)::text), CASE WHEN c = 1 THEN 60 ELSE 2 END)'],
  ['jsonb', "jsonb_build_object('id', i, 'tags', jsonb_build_array('a', c, NULL), 'note', md5(i::text))"],
]
const sixTimes = [1, 2, 3, 4, 5, 6]

const columns = sixTimes.flatMap(c => kinds.map(([type], kind) => `k${kind}_${c} ${type}`))
const values = sixTimes.flatMap(c => kinds.map(([, value]) => value.replaceAll(/\bc\b/g, String(c))))

/** Sixty columns of ten types, one of them a long text; the first is the key. */
export const wide: Workload = {
  name: 'wide',
  schema: 'public',
  create: async client =>
    void (await client.query(`CREATE TABLE wide (${columns.join(', ')}, PRIMARY KEY (k0_1))`)),
  fill: async (client, rows) => {
    await client.query(
      `INSERT INTO wide SELECT ${values.join(', ')} FROM generate_series(1::bigint, ${Math.ceil(rows / 20)}) i`,
    )
  },
}
