import { describe, expect, test } from 'vitest'
import { partitionsBySize } from '../../../connectors/small-tables.ts'
import { openMemoryLog } from '../../../kafka/memory-log.ts'
import type { SchemaRegistry } from '../../../schemas/registry/schema-registry.ts'

const unused = async () => {
  throw new Error('no schema is asked for')
}
const registry: SchemaRegistry = { register: unused, schema: unused }
const spec = { replication: 1, compacted: false, config: {} }

function adoption(smallTableRows: number) {
  const log = openMemoryLog()
  const topics = { partitions: 4, smallTableRows, replication: 1, config: {} }
  return { migration: 'm', database: 'd', log, registry, topics }
}

const table = (topic: string, rows: number, partitions = 4) => ({ place: { topic, partitions }, rows })

describe('the topic of a table that joins', () => {
  test('gets one partition where the table is small, and all of them where it is not', async () => {
    const sized = [table('m.small', 99), table('m.large', 100), table('m.keyless', 1_000, 1)]
    expect(await partitionsBySize(adoption(100), sized)).toEqual(
      new Map([
        ['m.small', 1],
        ['m.large', 4],
        ['m.keyless', 1],
      ]),
    )
  })

  test('keeps what a start that was broken off has given it, however the table has changed since', async () => {
    const joining = adoption(100)
    await joining.log.ensureTopics([
      { ...spec, topic: 'm.grown', partitions: 1 },
      { ...spec, topic: 'm.shrunk', partitions: 4 },
    ])
    expect(await partitionsBySize(joining, [table('m.grown', 1_000), table('m.shrunk', 1)])).toEqual(
      new Map([
        ['m.grown', 1],
        ['m.shrunk', 4],
      ]),
    )
  })

  test('is not adapted to a number that no start of ours gives', async () => {
    const joining = adoption(100)
    await joining.log.ensureTopics([{ ...spec, topic: 'm.foreign', partitions: 7 }])
    expect(await partitionsBySize(joining, [table('m.foreign', 1)])).toEqual(new Map([['m.foreign', 4]]))
  })
})
