import { expect, test } from 'vitest'
import { silent, type Telemetry } from '../../core/telemetry.ts'
import { BatchSize } from '../../sinks/batch-size.ts'
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

interface Applied {
  readonly events: number
  readonly seconds: number
}

/** What the metrics tell of each transaction. */
function observed() {
  const applied: Applied[] = []
  let seconds = 0
  const observe: Telemetry['observe'] = (name, value) => {
    if (name === 'switchback_apply_seconds') seconds = value
    if (name === 'switchback_batch_events') applied.push({ events: value, seconds })
  }
  return { applied, telemetry: { ...silent, observe } }
}

test('a target that writes slowly gets transactions of about two seconds, not as much as the limits allow', async () => {
  const bench = await sinkBench(servers().target)
  await bench.client.query(slowly)
  const table = await bench.topics.table(things, 1)
  const count = 1_500
  const fetched = 25
  for (let from = 0; from < count; from += fetched) await bench.topics.publish(table, rowsOf(from, fetched))
  const { applied, telemetry } = observed()
  const running = bench.start({ limits, telemetry })
  const done = () => applied.reduce((sum, { events }) => sum + events, 0)
  await expect.poll(done, { interval: 100 }).toBe(count)
  expect(await running.stop()).toBeNull()
  const sizes = await bench.rows('SELECT count(*)::int FROM things GROUP BY xmin::text ORDER BY 1')
  expect(applied.map(({ events }) => events).toSorted((a, b) => a - b)).toEqual(sizes.flat())
  // How many rows two seconds are follows from the times: a busy machine may stand still for a part of them.
  const size = new BatchSize(limits)
  let before = size.limits.events
  for (const { events, seconds } of applied) {
    // It was collected while the one before was applied, of which nothing was known yet, or at its end.
    const most = Math.max(before, size.limits.events)
    expect(events).toBeLessThan(most + fetched)
    before = size.limits.events
    size.note({ events, bytes: 0 }, seconds)
  }
})
