import type { Workload } from './workload.ts'

/** Rows of 1 kB, most of it text that does not compress. */
export const kilobyte: Workload = {
  name: 'kilobyte',
  schema: 'public',
  create: async client =>
    void (await client.query('CREATE TABLE documents (id bigint PRIMARY KEY, kind int, body text)')),
  fill: async (client, rows) => {
    const md5s = Array.from({ length: 31 }, (_, part) => `md5((i * 31 + ${part})::text)`).join(' || ')
    await client.query(
      `INSERT INTO documents SELECT i, i % 10, ${md5s} FROM generate_series(1::bigint, ${Math.ceil(rows / 5)}) i`,
    )
  },
}
