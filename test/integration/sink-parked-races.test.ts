import { expect, onTestFinished, test } from 'vitest'
import { MigrationError } from '../../core/errors.ts'
import { silent } from '../../core/telemetry.ts'
import { postgresSink } from '../../sinks/postgres/postgres-sink.ts'
import { baseType } from '../support/column-types.ts'
import { overriding } from '../support/fire/overriding.ts'
import { Gate } from '../support/gate.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const columns = [column('id', baseType('int4')), column('body', baseType('text'))]
const notes = testTable('notes', columns, ['id'])
const longerNotes = testTable('notes', [...columns, column('more', baseType('text'))], ['id'])
const note = (id: number, body: string) => ({ id: `${id}`, body })
const longer = (id: number, body: string) => ({ ...note(id, body), more: null })

async function withNotes() {
  const made = await sinkBench(servers().target)
  await made.client.query(
    `CREATE TABLE notes (id int PRIMARY KEY, body text CONSTRAINT fine CHECK (body <> 'bad'), more text)`,
  )
  const table = await made.topics.table(notes, 2)
  const stored = () => made.rows('SELECT id, body FROM notes ORDER BY id')
  const statuses = async () =>
    (await made.rows('SELECT status FROM switchback.parked ORDER BY record_offset').catch(() => [])).flat()
  const ask = (action: string) =>
    made.client.query('UPDATE switchback.parked SET requested_action = $1', [action])
  return { ...made, table, stored, statuses, ask }
}

/**
 * Row 1 is parked in partition 0, the reason is gone, and the table has another version. The sink that runs has not met the first one:
 * when it is about to apply the row, having read it, it waits at the gate for the row's schema.
 */
async function withSlowRetry() {
  const made = await withNotes()
  const { topics, start, table, statuses, client } = made
  const first = start()
  await topics.publish(table, [{ op: 'c', row: note(1, 'bad'), partition: 0 }])
  await expect.poll(statuses).toEqual(['parked'])
  expect(await first.stop()).toBeNull()
  await client.query('ALTER TABLE notes DROP CONSTRAINT fine')
  const newer = await topics.table(longerNotes, 2)
  const gate = new Gate()
  const slow = async (schemaId: number) => {
    if (schemaId === table.state.valueSchemaId) await gate.pass()
    return topics.decoder(schemaId)
  }
  start({ decoder: slow })
  /** Waits until the partition of row 1 has done all that was queued. */
  const passed = async () => {
    await topics.publish(newer, [{ op: 'c', row: longer(3, 'good'), partition: 0 }])
    await expect.poll(made.stored).toContainEqual([3, 'good'])
  }
  return { ...made, newer, gate, passed }
}

test('a truncate during a retry is not followed by the row that was about to be applied', async () => {
  const { topics, newer, gate, passed, stored, statuses, ask, rows } = await withSlowRetry()
  await topics.publish(newer, [{ op: 'c', row: longer(2, 'good'), partition: 1 }])
  await expect.poll(stored).toEqual([[2, 'good']])
  await topics.publish(newer, [{ op: 't', partition: 0 }])
  const waiting = 'SELECT partition FROM switchback.progress WHERE waiting_commit IS NOT NULL'
  await expect.poll(() => rows(waiting)).toEqual([[0]])
  await ask('retry')
  await gate.reached
  await topics.publishAgain(newer, [{ op: 't', partition: 1 }])
  await expect.poll(statuses).toEqual(['truncated'])
  expect(await stored()).toEqual([])
  gate.open()
  await passed()
  expect(await stored()).toEqual([[3, 'good']])
  expect(await statuses()).toEqual(['truncated'])
})

test('a drop that is asked for during a retry is obeyed', async () => {
  const { gate, passed, stored, statuses, ask } = await withSlowRetry()
  await ask('retry')
  await gate.reached
  await ask('drop')
  gate.open()
  await expect.poll(statuses).toEqual(['dropped'])
  await passed()
  expect(await stored()).toEqual([[3, 'good']])
})

test('a key that is held back stays so while another connection reads which keys are parked', async () => {
  const { topics, start, table, stored, statuses, rows, connection } = await withNotes()
  let looksForRequests = true
  const set = (name: string) => {
    if (!looksForRequests && name === 'switchback_parked_events')
      throw new MigrationError('postgres.unreachable', 'not now')
  }
  const real = postgresSink({ name: 'new', migration: 'm', connection })
  onTestFinished(() => real.close())
  const gate = new Gate()
  let isSlow = false
  const sink = overriding(real, {
    parkedKeys: async partitions => {
      const keys = await real.parkedKeys(partitions)
      if (isSlow && keys.some(({ partition }) => partition === 0)) await gate.pass()
      return keys
    },
  })
  start({ sink, telemetry: { ...silent, set } })
  // A truncate resolves what is parked, and the key is held back until its next event.
  await topics.publish(table, [{ op: 'c', row: note(1, 'bad'), partition: 1 }])
  await expect.poll(statuses).toEqual(['parked'])
  await topics.publish(table, [{ op: 't' }])
  await expect.poll(statuses).toEqual(['truncated'])
  looksForRequests = false
  isSlow = true
  await topics.publish(table, [{ op: 'c', row: note(2, 'bad'), partition: 0 }])
  await gate.reached
  await topics.publish(table, [{ op: 'c', row: note(1, 'first'), partition: 1 }])
  const ofFirst = 'SELECT status FROM switchback.parked WHERE partition = 1 ORDER BY record_offset'
  await expect.poll(() => rows(ofFirst)).toEqual([['truncated'], ['held']])
  isSlow = false
  gate.open()
  await topics.publish(table, [{ op: 'u', row: note(1, 'second'), partition: 1 }])
  const applied = `SELECT next_offset::int FROM switchback.progress WHERE partition = 1`
  await expect.poll(() => rows(applied)).toEqual([[4]])
  looksForRequests = true
  await expect.poll(async () => (await rows(ofFirst)).flat()).not.toContain('held')
  expect(await stored()).toEqual([[1, 'second']])
})
