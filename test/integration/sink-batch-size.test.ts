import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const things = testTable('things', [column('id', baseType('int4'))], ['id'])
const limits = { bytes: 8 << 20, events: 1_000 }
const rowsOf = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ op: 'c' as const, row: { id: String(from + index) } }))

/** Each row takes at least six milliseconds. */
const slowly = `
  CREATE TABLE things (id int PRIMARY KEY);
  CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.006); RETURN NEW; END';
  CREATE TRIGGER slow BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION wait();
  ALTER TABLE things ENABLE ALWAYS TRIGGER slow`

test('a target that writes slowly gets transactions of about two seconds, not as much as the limits allow', async () => {
  const bench = await sinkBench(servers().target)
  await bench.client.query(slowly)
  const table = await bench.topics.table(things, 1)
  const count = 1_500
  const fetched = 25
  for (let from = 0; from < count; from += fetched) await bench.topics.publish(table, rowsOf(from, fetched))
  const running = bench.start({ limits })
  await expect
    .poll(() => bench.rows('SELECT count(*)::int FROM things'), { timeout: 60_000, interval: 100 })
    .toEqual([[count]])
  expect(await running.stop()).toBeNull()
  const sizes = await bench.rows('SELECT count(*)::int FROM things GROUP BY xmin::text ORDER BY 1 DESC')
  const largest = Math.max(...sizes.flat().map(Number))
  // The first batch has an eighth, and two seconds are enough for 333 rows at most.
  expect(largest).toBeLessThan(500)
})
