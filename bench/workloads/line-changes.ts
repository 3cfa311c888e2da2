/** 60 updates, 30 inserts, 10 deletes. */
const changesPerTransaction = 100

/** The row numbers of a filled table, in an order that jumps about: every row once. `$rows` is no multiple of the prime. */
const row = (number: string) => `((${number})::bigint * 99991 % $rows)`
const hit = (number: string) => `o.order_id = ${row(number)} / 4 + 1 AND o.line = ${row(number)} % 4 + 1`

const block = `
DO $$
BEGIN
  FOR t IN 0 .. $transactions - 1 LOOP
    UPDATE orders_lines o SET qty = o.qty + 1, status = 'changed ' || t
    FROM generate_series(t * 60, t * 60 + 59) n WHERE ${hit('n')};
    INSERT INTO orders_lines
    SELECT $rows + n, 1, n, 1.5, n / 100.0, 'new', 'inserted while it was paused', now()
    FROM generate_series(t * 30 + 1, t * 30 + 30) n;
    DELETE FROM orders_lines o
    USING generate_series(t * 10, t * 10 + 9) n WHERE ${hit('$transactions * 60 + n')};
    COMMIT;
  END LOOP;
END $$`

export interface LineChanges {
  readonly sql: string
  readonly changes: number
}

/** Half as many changes as the table has rows, in transactions of 100: no row is changed twice. */
export function lineChanges(rows: number): LineChanges {
  const transactions = Math.floor(rows / 2 / changesPerTransaction)
  return {
    sql: block.replaceAll('$rows', String(rows)).replaceAll('$transactions', String(transactions)),
    changes: transactions * changesPerTransaction,
  }
}
