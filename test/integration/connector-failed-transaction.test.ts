import { expect, test } from 'vitest'
import { MigrationError } from '../../core/errors.ts'
import type { Log } from '../../kafka/log.ts'
import { resumePointOf } from '../../connectors/resume-point.ts'
import { StateReader, type StoredState } from '../../schemas/stored-state.ts'
import { stateTopic } from '../../schemas/topic-names.ts'
import { connectorBench } from '../support/connector-bench.ts'
import { migration, ownRetries, untilState } from '../support/connector-on.ts'
import { overriding } from '../support/fire/overriding.ts'
import { Gate } from '../support/gate.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { rowHistory } from '../support/row-history.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const tables = `CREATE TABLE documents (id int PRIMARY KEY, body text);
  ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
  INSERT INTO documents VALUES (1, repeat('body', 2000))`

test('what a transaction that failed should have published comes before what was read meanwhile', async () => {
  const bench = await connectorBench(servers().source, tables)
  await bench.copyOnce(1)
  const transaction = new Gate()
  const lookup = new Gate()
  const connector = bench.start({
    around: source =>
      overriding(source, {
        lookup: signal => {
          const real = source.lookup(signal)
          return overriding(real, {
            row: async (...asked) => {
              await lookup.pass()
              return real.row(...asked)
            },
          })
        },
      }),
    aroundLog: log => failingOnce(log, transaction),
  })
  await bench.app.query(`INSERT INTO documents VALUES (2, 'first')`)
  await transaction.reached
  // The log does not carry the body: the row is looked up while the transaction before is still on its way.
  await bench.app.query('UPDATE documents SET id = 3 WHERE id = 1')
  await lookup.reached
  transaction.open()
  await expect.poll(() => transaction.left).toBe(true)
  lookup.open()
  const ids = ['1', '2', '3'].map(id => [id])
  const history = async () => (await rowHistory(bench.log, `${migration}.public.documents`, ids)).join('\n')
  await expect.poll(history).toMatch(/ c \S+ .*"id":3/)
  expect(await history()).toMatch(/ c \S+ .*"id":2/)
  expect(ownRetries(connector)).toMatchObject([{ code: 'kafka.unreachable' }])
})

test('a transaction that adds a column is gone on with when its first part, with the column, is published', async () => {
  const bench = await connectorBench(servers().source, 'CREATE TABLE items (id int PRIMARY KEY)')
  await bench.copyOnce(1)
  // Of 100 bytes, so that they are published in several parts.
  const rows = (from: number, columns: string) =>
    `INSERT INTO items SELECT ${columns} FROM generate_series(${from}, ${from + 29_999}) i`
  await bench.app.query(
    `BEGIN; ${rows(1, 'i')}; ALTER TABLE items ADD note text; ${rows(30_001, `i, repeat('x', 100)`)}; COMMIT`,
  )
  const cut = { times: 0 }
  const connector = bench.start({ aroundLog: log => failingBehind(log, cut) })
  await Promise.race([
    connector.ended.then(error => expect(error).toBe(null)),
    untilState(bench.log, isWhole),
  ])
  expect(ownRetries(connector)).toMatchObject([{ code: 'kafka.unreachable' }])
  const topic = `${migration}.public.items`
  const ids = ['1', '30000', '30001', '60000']
  const history = await rowHistory(
    bench.log,
    topic,
    ids.map(id => [id]),
  )
  const found = history.map(line => /"id":(\d+)/.exec(line)?.[1])
  expect(found).toHaveLength(ids.length)
  expect(new Set(found)).toEqual(new Set(ids))
})

/** The last state that was stored has the new column, and a transaction is published in part. */
function isAhead(stored: StoredState): boolean {
  return hasNote(stored) && partOf(stored) !== null
}

/** All of the transaction is published. */
function isWhole(stored: StoredState): boolean {
  return hasNote(stored) && partOf(stored) === null
}

const hasNote = (stored: StoredState): boolean =>
  [...stored.tables.values()].some(({ schema }) => schema.columns.some(({ name }) => name === 'note'))

const partOf = ({ connector }: StoredState) =>
  connector === null ? null : resumePointOf(connector.position).partly

/** Fails once, when the state is ahead of the log as far as it must be read again. */
function failingBehind(log: Log, cut: { times: number }): Log {
  return {
    ...log,
    writer: async id => {
      const writer = await log.writer(id)
      return overriding(writer, {
        transaction: async work => {
          const stored = await new StateReader(log, stateTopic(migration)).refresh(
            new AbortController().signal,
          )
          if (cut.times > 0 || !isAhead(stored)) return writer.transaction(work)
          cut.times++
          throw new MigrationError('kafka.unreachable', 'the brokers are gone')
        },
      })
    },
  }
}

/** The first transaction that holds events waits at the gate, and fails. */
function failingOnce(log: Log, gate: Gate): Log {
  return {
    ...log,
    writer: async id => {
      const writer = await log.writer(id)
      return overriding(writer, {
        transaction: work =>
          writer.transaction(tx =>
            work({
              publish: async records => {
                await tx.publish(records)
                if (gate.left || records.every(({ topic }) => topic === stateTopic(migration))) return
                await gate.pass()
                throw new MigrationError('kafka.unreachable', 'the brokers are gone')
              },
            }),
          ),
      })
    },
  }
}
