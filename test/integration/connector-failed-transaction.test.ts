import { expect, test } from 'vitest'
import { MigrationError } from '../../core/errors.ts'
import type { Log } from '../../kafka/log.ts'
import { stateTopic } from '../../schemas/topic-names.ts'
import { connectorBench } from '../support/connector-bench.ts'
import { migration, ownRetries } from '../support/connector-on.ts'
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
