import type { Client } from 'pg'
import { sleep } from '../core/time.ts'

export const changesPerSecond = 2000
const changesPerTransaction = 10
const intervalMs = (1000 * changesPerTransaction) / changesPerSecond

/** Rows of orders_lines that are updated, by their number in the filled table. */
const update = `
UPDATE orders_lines o SET status = 'steady'
FROM generate_series($1::bigint, $2::bigint) n WHERE o.order_id = n / 4 + 1 AND o.line = n % 4 + 1`

const insert = `
INSERT INTO orders_lines (order_id, line, qty, status) SELECT n, 0, 1, 'steady' FROM generate_series($1::bigint, $2::bigint) n`

/**
 * Writes at a steady pace, in transactions of 10: four updates to one insert, no row twice. What is late is not left out but
 * done at once, so that a slow moment shows. Gives the number of rows written.
 */
export async function writeSteadily(
  client: Client,
  rows: number,
  seconds: number,
  signal: AbortSignal,
): Promise<number> {
  const transactions = Math.min(
    Math.round((seconds * 1000) / intervalMs),
    Math.floor(rows / changesPerTransaction),
  )
  const startedMs = performance.now()
  for (let t = 0; t < transactions; t++) {
    const waitMs = startedMs + t * intervalMs - performance.now()
    if (waitMs >= 1) await sleep(waitMs, signal)
    signal.throwIfAborted()
    const first = t * changesPerTransaction
    const isInsert = t % 5 === 0
    const base = isInsert ? rows + first : first
    await client.query(isInsert ? insert : update, [base, base + changesPerTransaction - 1])
  }
  return transactions * changesPerTransaction
}
