import type { Client } from 'pg'

/** What the shop's customers and clerks do. Each is one statement or a transaction; ids are drawn from 1 to `limit`. */
export interface Draw {
  /** A whole number from 1 to `limit`. */
  readonly upTo: (limit: number) => number
  readonly customers: number
  readonly orders: number
  readonly products: number
}

export type Action = (client: Client, draw: Draw) => Promise<void>

/** Money is only moved, never made: the sum of all balances stays what it was. */
async function transfer(client: Client, draw: Draw): Promise<void> {
  const [from, to] = [draw.upTo(draw.customers), draw.upTo(draw.customers)].toSorted((a, b) => a - b)
  const amount = draw.upTo(1000) / 100
  await client.query('BEGIN')
  await client.query('UPDATE shop.customers SET balance = balance - $2 WHERE id = $1', [from, amount])
  await client.query('UPDATE shop.customers SET balance = balance + $2 WHERE id = $1', [to, amount])
  await client.query('INSERT INTO shop.events VALUES (now(), $1, $2)', ['transfer', { amount }])
  await client.query('COMMIT')
}

async function placeOrder(client: Client, draw: Draw): Promise<void> {
  await client.query(
    `WITH placed AS (INSERT INTO shop.orders (customer_id, total) VALUES ($1, 10) RETURNING id),
       lines AS (INSERT INTO shop.order_lines SELECT id, n, $2, n, 5, NULL FROM placed, generate_series(1, 2) n)
     INSERT INTO shop.payments SELECT gen_random_uuid(), id, 10, 'card', now() FROM placed`,
    [draw.upTo(draw.customers), `SKU-${draw.upTo(draw.products)}`],
  )
}

async function ship(client: Client, draw: Draw): Promise<void> {
  await client.query("UPDATE shop.orders SET status = 'shipped' WHERE id = $1", [draw.upTo(draw.orders)])
}

async function cancel(client: Client, draw: Draw): Promise<void> {
  await client.query('DELETE FROM shop.orders WHERE id = $1', [draw.upTo(draw.orders)])
}

/** Changes a primary key. */
async function renumberPayment(client: Client, draw: Draw): Promise<void> {
  const order = draw.upTo(draw.orders)
  await client.query('UPDATE shop.payments SET id = gen_random_uuid() WHERE order_id = $1', [order])
}

/** Leaves the long description alone, which the log then does not carry. */
async function reprice(client: Client, draw: Draw): Promise<void> {
  const sku = `SKU-${draw.upTo(draw.products)}`
  await client.query('UPDATE shop.products SET price = price + 0.01 WHERE sku = $1', [sku])
}

async function describe(client: Client, draw: Draw): Promise<void> {
  const values = [`SKU-${draw.upTo(draw.products)}`, `text ${draw.upTo(1e9)} `]
  await client.query('UPDATE shop.products SET description = repeat($2, 300) WHERE sku = $1', values)
}

/** Each as often as it is listed. */
export const actions: readonly Action[] = [
  transfer,
  transfer,
  transfer,
  placeOrder,
  placeOrder,
  ship,
  ship,
  cancel,
  renumberPayment,
  reprice,
  describe,
]
