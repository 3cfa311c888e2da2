import { lineRow } from './orders-lines.ts'
import type { Workload } from './workload.ts'

const tables = Array.from({ length: 200 }, (_, index) => `lines_${index + 1}`)

const columns =
  'order_id bigint, line int, part_id int, qty numeric(12, 2), price numeric(12, 2), status text, comment text, shipped timestamptz, PRIMARY KEY (order_id, line)'

/** The rows of orders_lines, a fifth of them, spread over 200 tables. */
export const manyTables: Workload = {
  name: 'many tables',
  schema: 'public',
  create: async client =>
    void (await client.query(tables.map(name => `CREATE TABLE ${name} (${columns})`).join(';\n'))),
  fill: async (client, rows) => {
    const each = Math.ceil(rows / 5 / tables.length)
    for (const name of tables)
      await client.query(
        `INSERT INTO ${name} SELECT ${lineRow} FROM generate_series(0::bigint, ${each - 1}) i`,
      )
  },
}
