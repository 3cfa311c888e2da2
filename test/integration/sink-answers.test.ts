import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const things = testTable('things', [column('id', baseType('int4'))], ['id'])
const partitions = 4
const rounds = 10

test('what a transaction has put into several partitions is one transaction of the target when it is quiet', async () => {
  const bench = await sinkBench(servers().target)
  await bench.client.query('CREATE TABLE things (id int PRIMARY KEY)')
  const table = await bench.topics.table(things, partitions)
  const running = bench.start({ writers: 1 })
  for (let round = 0; round < rounds; round++) {
    const rows = Array.from({ length: partitions }, (_, partition) => ({
      op: 'c' as const,
      row: { id: String(round * partitions + partition) },
      partition,
    }))
    await bench.topics.publishInTransaction(table, rows)
    await expect
      .poll(() => bench.rows('SELECT count(*)::int FROM things'))
      .toEqual([[(round + 1) * partitions]])
  }
  expect(await running.stop()).toBeNull()
  const [[transactions]] = (await bench.rows('SELECT count(DISTINCT xmin::text)::int FROM things')) as [
    [number],
  ]
  // One for each round; a look that falls between two partitions may make it two now and then.
  expect(transactions).toBeLessThan(1.5 * rounds)
})
