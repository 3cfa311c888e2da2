import type { Client } from 'pg'

/** New orders beyond so many are forgotten. */
const keptOrders = 20_000
const forgottenAtOnce = 5_000

const forget = `
DELETE FROM shop.orders
WHERE id IN (SELECT id FROM shop.orders WHERE id > $1 ORDER BY id DESC OFFSET $2 LIMIT $3)`

const restore = `
WITH placed AS (
  INSERT INTO shop.orders (id, customer_id, total)
  SELECT n, n % $2::int + 1, 10 FROM generate_series(1, $1::int) n WHERE NOT EXISTS (SELECT FROM shop.orders WHERE id = n)
  RETURNING id
)
INSERT INTO shop.order_lines (order_id, line, sku, quantity, price)
SELECT id, 1, (SELECT sku FROM shop.products LIMIT 1), 1, 5 FROM placed`

/** Keeps the shop about as large as it was when it was filled, however long its application works. */
export async function keepSize(client: Client, rows: number): Promise<void> {
  const filled = Math.floor((rows * 20) / 100)
  await client.query(forget, [filled, keptOrders, forgottenAtOnce])
  await client.query(restore, [filled, Math.floor((rows * 5) / 100)])
}
