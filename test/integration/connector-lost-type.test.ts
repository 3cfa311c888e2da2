import { expect, test } from 'vitest'
import { connectorBench } from '../support/connector-bench.ts'
import { allCopied, migration, ownRetries, untilState } from '../support/connector-on.ts'
import { heldReaders } from '../support/held-readers.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { rowHistory } from '../support/row-history.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

test('rows that the log tells in a type that was dropped since do not keep a table from being copied as it is now', async () => {
  const bench = await connectorBench(
    servers().source,
    `CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE people (id int PRIMARY KEY, m mood)`,
  )
  await bench.app.query(`INSERT INTO people VALUES (1, 'glad')`)
  const before = bench.start({ around: heldReaders().around })
  await untilState(bench.log, ({ snapshots }) => snapshots.get('public.people')?.progress.phase === 'copying')
  await before.stop()
  await bench.app.query(`INSERT INTO people VALUES (2, 'sad')`)
  await bench.app.query('ALTER TABLE people ALTER m TYPE text; DROP TYPE mood')
  await bench.app.query(`INSERT INTO people VALUES (3, 'so so')`)
  const again = bench.start()
  await Promise.race([
    untilState(bench.log, allCopied(1)),
    again.ended.then(error => expect(error).toBe(null)),
  ])
  const history = async () => {
    const lines = await rowHistory(bench.log, `${migration}.public.people`, [['1'], ['2'], ['3']])
    return lines.map(line => /"id":(\d+),"m":"([^"]*)"/.exec(line)?.slice(1).join(' '))
  }
  await expect.poll(history).toEqual(expect.arrayContaining(['1 glad', '2 sad', '3 so so']))
  expect(ownRetries(again)).toEqual([])
})
