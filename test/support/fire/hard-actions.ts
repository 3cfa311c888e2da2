import type { Action } from '../../../demo/shop/actions.ts'

/** What makes it hard to keep a copy: few rows that everybody changes, keys that move and come back, values that change places. */
export const hotTable = `
CREATE TABLE shop.hot (id int PRIMARY KEY, n bigint NOT NULL, note text NOT NULL, long text);
ALTER TABLE shop.hot ALTER long SET STORAGE EXTERNAL;
INSERT INTO shop.hot SELECT n, 0, 'first', repeat('x', 3000) FROM generate_series(1, 40) n`

const hotRows = 40

const put: Action = async (client, { upTo }) => {
  await client.query(
    `INSERT INTO shop.hot VALUES ($1, $2, 'put', repeat($3, 2500)) ON CONFLICT (id) DO UPDATE SET n = hot.n + 1, note = 'put again'`,
    [upTo(hotRows), upTo(1e6), String(upTo(9))],
  )
}

const change: Action = async (client, { upTo }) => {
  await client.query(`UPDATE shop.hot SET n = n + 1 WHERE id = $1`, [upTo(hotRows)])
}

const remove: Action = async (client, { upTo }) => {
  await client.query(`DELETE FROM shop.hot WHERE id = $1`, [upTo(hotRows)])
}

/** The long value is not in the log. */
const move: Action = async (client, { upTo }) => {
  const values = [upTo(hotRows), upTo(hotRows)]
  await client.query(
    `UPDATE shop.hot SET id = $2, note = 'moved' WHERE id = $1 AND NOT EXISTS (SELECT FROM shop.hot WHERE id = $2)`,
    values,
  )
}

const again: Action = async (client, { upTo }) => {
  const id = upTo(hotRows)
  await client.query('BEGIN')
  await client.query(`DELETE FROM shop.hot WHERE id = $1`, [id])
  await client.query(`SAVEPOINT s`)
  await client.query(`INSERT INTO shop.hot VALUES ($1, 1, 'taken back', NULL)`, [id])
  await client.query(`ROLLBACK TO s`)
  await client.query(`INSERT INTO shop.hot VALUES ($1, 2, 'again', repeat('y', 2500))`, [id])
  await client.query(`UPDATE shop.hot SET n = n + 1 WHERE id = $1`, [id])
  await client.query('COMMIT')
}

const swapEmails: Action = async (client, { upTo, customers }) => {
  const [one, other] = [upTo(customers), upTo(customers)]
  await client.query('BEGIN')
  const { rows } = await client.query<{ email: string }>(
    `SELECT email FROM shop.customers WHERE id IN ($1, $2) ORDER BY id = $1 DESC FOR UPDATE`,
    [one, other],
  )
  const sql = `UPDATE shop.customers SET email = $2 WHERE id = $1`
  await client.query(sql, [one, `moving ${one}`])
  await client.query(sql, [other, rows[0]?.email])
  await client.query(sql, [one, rows[1]?.email ?? rows[0]?.email])
  await client.query('COMMIT')
}

/** A key that other rows follow, with a long value that the log does not carry. */
const renameProduct: Action = async (client, { upTo, products }) => {
  await client.query(
    `UPDATE shop.products SET sku = CASE WHEN sku LIKE 'S%' THEN lower(sku) ELSE upper(sku) END WHERE upper(sku) = $1`,
    [`SKU-${upTo(products)}`],
  )
}

const many: Action = async (client, { upTo, orders }) => {
  const first = upTo(orders)
  await client.query(
    `UPDATE shop.order_lines SET quantity = quantity + 1 WHERE order_id BETWEEN $1 AND $1 + 700`,
    [first],
  )
}

const forgetEvents: Action = async client => {
  await client.query('TRUNCATE shop.events')
}

const forgetPayments: Action = async client => {
  await client.query(
    `BEGIN; UPDATE shop.payments SET amount = amount + 1 WHERE order_id < 100; TRUNCATE shop.payments; COMMIT`,
  )
}

const pay: Action = async (client, { upTo, orders }) => {
  await client.query(
    `INSERT INTO shop.payments SELECT gen_random_uuid(), id, 20, 'cash', now() FROM shop.orders WHERE id BETWEEN $1 AND $1 + 20`,
    [upTo(orders)],
  )
}

const often = [
  put,
  put,
  change,
  change,
  change,
  remove,
  move,
  move,
  again,
  again,
  swapEmails,
  pay,
  renameProduct,
]

/** Each as often as it is listed, and `rarely` one of the second list. */
export const hardActions: readonly Action[] = often
export const rareActions: readonly Action[] = [many, many, many, forgetEvents, forgetPayments]
