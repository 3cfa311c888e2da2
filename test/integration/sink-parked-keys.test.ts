import { expect, test } from 'vitest'
import { MigrationError } from '../../core/errors.ts'
import { silent } from '../../core/telemetry.ts'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const notes = (idType: string) =>
  testTable('notes', [column('id', baseType(idType)), column('body', baseType('text'))], ['id'])
const note = (id: string, body: string) => ({ id, body })

async function withNotes(idType: string) {
  const made = await sinkBench(servers().target)
  await made.client.query(`CREATE TABLE notes (id ${idType} PRIMARY KEY, body text)`)
  await made.client.query(`ALTER TABLE notes ADD CONSTRAINT fine CHECK (body <> 'bad')`)
  const table = await made.topics.table(notes(idType), 1)
  const stored = () => made.rows('SELECT id::text, body FROM notes ORDER BY id')
  const statuses = async () =>
    (await made.rows('SELECT status FROM switchback.parked ORDER BY record_offset').catch(() => [])).flat()
  const ask = (action: string) =>
    made.client.query('UPDATE switchback.parked SET requested_action = $1', [action])
  return { ...made, table, stored, statuses, ask }
}

test('dropping several events of a key applies none of them', async () => {
  const { topics, start, table, stored, statuses, ask } = await withNotes('int4')
  await topics.publish(table, [{ op: 'c', row: note('1', 'bad') }])
  start()
  await expect.poll(statuses).toEqual(['parked'])
  await topics.publish(table, [{ op: 'u', row: note('1', 'good') }])
  await expect.poll(statuses).toEqual(['parked', 'held'])
  await ask('drop')
  await expect.poll(statuses).toEqual(['dropped', 'dropped'])
  expect(await stored()).toEqual([])
})

test('an event waits behind a parked one of its key although the key has another schema by now', async () => {
  const { topics, start, table, stored, statuses, ask, client } = await withNotes('int4')
  await client.query('ALTER TABLE notes ALTER id TYPE int8')
  await topics.publish(table, [{ op: 'c', row: note('1', 'bad') }])
  start()
  await expect.poll(statuses).toEqual(['parked'])
  const widened = await topics.table(notes('int8'), 1)
  await topics.publish(widened, [{ op: 'u', row: note('1', 'good') }])
  await expect.poll(statuses).toEqual(['parked', 'held'])
  await client.query('ALTER TABLE notes DROP CONSTRAINT fine')
  await ask('retry')
  await expect.poll(stored).toEqual([['1', 'good']])
})

test('a parked deletion takes no row away whose key is equal and looks different', async () => {
  const { topics, start, table, stored, statuses, ask } = await withNotes('numeric')
  await topics.publish(table, [
    { op: 'c', row: note('1.0', 'bad') },
    { op: 'c', row: note('2.0', 'first') },
  ])
  start()
  await expect.poll(statuses).toEqual(['parked'])
  await topics.publish(table, [{ op: 'u', row: note('2.0', 'bad') }])
  await expect.poll(statuses).toEqual(['parked', 'parked'])
  for (const id of ['1.0', '2.0'])
    await topics.publish(table, [
      { op: 'd', old: note(id, 'bad') },
      { op: 'c', row: note(`${id}0`, 'good') },
    ])
  const renamed = [
    ['1.00', 'good'],
    ['2.00', 'good'],
  ]
  await expect.poll(stored).toEqual(renamed)
  await ask('retry')
  await expect.poll(statuses).toEqual(['applied', 'applied', 'applied', 'applied'])
  expect(await stored()).toEqual(renamed)
})

test('an event that is still on its way behind a parked one keeps holding its key back', async () => {
  const { topics, start, table, stored, statuses, client, rows, connection } = await withNotes('int4')
  const others = testTable('others', [column('id', baseType('int4'))], ['id'])
  await client.query('CREATE TABLE others (id int PRIMARY KEY CHECK (id <> 13))')
  const other = await topics.table(others, 1)
  const publishOther = async (id: string) => topics.publish(other, [{ op: 'c', row: { id } }])
  const storedOthers = () => rows('SELECT id FROM others ORDER BY id')
  await topics.publish(table, [{ op: 'c', row: note('1', 'bad') }])
  start()
  await expect.poll(statuses).toEqual(['parked'])
  const locking = await openClient(connection)
  await locking.query('BEGIN; LOCK TABLE notes')
  await topics.publish(table, [{ op: 'c', row: note('2', 'writing this one waits for the lock') }])
  const waiting = `SELECT count(*)::int FROM pg_locks WHERE NOT granted AND relation = 'notes'::regclass`
  await expect.poll(() => rows(waiting)).toEqual([[1]])
  await topics.publish(table, [{ op: 'u', row: note('1', 'second') }])
  await publishOther('1')
  await expect.poll(storedOthers).toEqual([[1]])
  await client.query(`UPDATE switchback.parked SET status = 'dropped'`)
  await publishOther('13')
  await publishOther('2')
  await expect.poll(storedOthers).toEqual([[1], [2]])
  await topics.publish(table, [{ op: 'u', row: note('1', 'third') }])
  await publishOther('3')
  await expect.poll(storedOthers).toEqual([[1], [2], [3]])
  await locking.query('COMMIT')
  const open = `SELECT record_offset FROM switchback.parked WHERE topic LIKE '%notes' AND status IN ('parked', 'held')`
  const applied = `SELECT count(*) > 0 FROM switchback.parked WHERE topic LIKE '%notes' AND status = 'applied'`
  await expect.poll(async () => [await rows(open), await rows(applied)]).toEqual([[], [[true]]])
  expect((await stored())[0]).toEqual(['1', 'third'])
})

test('a retry that is asked for while an earlier one is about to fail is not forgotten with it', async () => {
  const { topics, start, table, stored, statuses, ask, client, connection } = await withNotes('int4')
  // A transaction that began before the reason went away fails, however late it gets to the row.
  await client.query(`CREATE TABLE rules (bad_is_fine_from timestamptz); INSERT INTO rules VALUES ('infinity');
    CREATE FUNCTION fine(body text) RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(1);
      RETURN body <> 'bad' OR now() >= (SELECT bad_is_fine_from FROM public.rules);
    END $$;
    ALTER TABLE notes DROP CONSTRAINT fine, ADD CONSTRAINT fine CHECK (fine(body))`)
  await topics.publish(table, [{ op: 'c', row: note('1', 'bad') }])
  let looksForRequests = true
  const set = (name: string) => {
    // One that looked during the attempt would see the request that the attempt answers, and come again for that.
    if (!looksForRequests && name === 'switchback_parked_events')
      throw new MigrationError('postgres.unreachable', 'not now')
  }
  start({ telemetry: { ...silent, set } })
  await expect.poll(statuses).toEqual(['parked'])
  const holding = await openClient(connection)
  const sessions = async (which: string) => {
    const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${which}`
    return (await holding.query(sql)).rows.length
  }
  await holding.query('SELECT pg_advisory_lock(1)')
  await ask('retry')
  await expect.poll(() => sessions(`wait_event = 'advisory'`)).toBe(1)
  looksForRequests = false
  await holding.query('UPDATE rules SET bad_is_fine_from = clock_timestamp()')
  let answered = false
  const asked = ask('retry').finally(() => {
    answered = true
  })
  await expect
    .poll(
      async () =>
        answered ||
        (await sessions(`wait_event_type = 'Lock' AND query LIKE 'UPDATE switchback.parked%'`)) === 1,
    )
    .toBe(true)
  await holding.query('SELECT pg_advisory_unlock(1)')
  await asked
  await expect.poll(() => sessions(`backend_xid IS NOT NULL`)).toBe(0)
  looksForRequests = true
  await expect.poll(statuses).toEqual(['applied'])
  expect(await stored()).toEqual([['1', 'bad']])
})

test('the metric of parked events counts those that wait behind one as well, and is 0 once they are resolved', async () => {
  const { topics, start, table, statuses, ask } = await withNotes('int4')
  let shown = -1
  const set = (name: string, value: number) => {
    if (name === 'switchback_parked_events') shown = value
  }
  start({ telemetry: { ...silent, set } })
  await expect.poll(() => shown).toBe(0)
  await topics.publish(table, [{ op: 'c', row: note('1', 'bad') }])
  await expect.poll(() => shown).toBe(1)
  await topics.publish(table, [{ op: 'u', row: note('1', 'good') }])
  await expect.poll(() => shown).toBe(2)
  await ask('drop')
  await expect.poll(statuses).toEqual(['dropped', 'dropped'])
  await expect.poll(() => shown).toBe(0)
})

/** A table without a key that takes no row whose body is `bad`. */
async function withBag() {
  const made = await withNotes('int4')
  await made.client.query(`CREATE TABLE bag (body text CONSTRAINT fine CHECK (body <> 'bad'))`)
  const bag = await made.topics.table(testTable('bag', [column('body', baseType('text'))], []), 1)
  const bodies = () => made.rows('SELECT body FROM bag ORDER BY body')
  return { ...made, bag, bodies }
}

test('an event without a key that was parked counts until it is dropped', async () => {
  const { topics, start, statuses, ask, bag } = await withBag()
  let shown = -1
  const set = (name: string, value: number) => {
    if (name === 'switchback_parked_events') shown = value
  }
  start({ telemetry: { ...silent, set } })
  await topics.publish(bag, [{ op: 'c', row: { body: 'bad' } }])
  await expect.poll(() => shown).toBe(1)
  await ask('drop')
  await expect.poll(statuses).toEqual(['dropped'])
  await expect.poll(() => shown).toBe(0)
})

test('an event without a key is retried by an instance that did not park it, and holds nothing back', async () => {
  const { client, topics, start, statuses, ask, bag, bodies } = await withBag()
  const first = start()
  await topics.publish(bag, [
    { op: 'c', row: { body: 'bad' } },
    { op: 'c', row: { body: 'good' } },
  ])
  await expect.poll(statuses).toEqual(['parked'])
  expect(await bodies()).toEqual([['good']])
  expect(await first.stop()).toBeNull()
  start()
  await client.query('ALTER TABLE bag DROP CONSTRAINT fine')
  await ask('retry')
  await expect.poll(bodies).toEqual([['bad'], ['good']])
  await expect.poll(statuses).toEqual(['applied'])
})
