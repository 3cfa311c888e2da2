import type { Workload } from './workload.ts'

const table = `
CREATE TABLE orders_lines (
  order_id bigint,
  line int,
  part_id int,
  qty numeric(12, 2),
  price numeric(12, 2),
  status text,
  comment text,
  shipped timestamptz,
  PRIMARY KEY (order_id, line)
)`

/** Row i is line i % 4 + 1 of order i / 4 + 1. Texts are of about 30 characters. */
export const lineRow = `
  i / 4 + 1, i % 4 + 1, (i * 7919) % 200000 + 1, i % 5000 / 100.0 + 1, i % 90000 / 100.0 + 9.99,
  (ARRAY['new', 'packed', 'shipped', 'returned'])[i % 4 + 1],
  'deliver to gate ' || left(md5(i::text), 14),
  CASE WHEN i % 10 <> 0 THEN timestamptz '2024-01-01 00:00:00Z' + i * interval '1.031 seconds' END`

/** The table of all figures that are compared. */
export const ordersLines: Workload = {
  name: 'orders_lines',
  schema: 'public',
  create: async client => void (await client.query(table)),
  fill: async (client, rows) => {
    await client.query(
      `INSERT INTO orders_lines SELECT ${lineRow} FROM generate_series(0::bigint, ${rows - 1}) i`,
    )
  },
}
