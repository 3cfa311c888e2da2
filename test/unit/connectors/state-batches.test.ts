import { expect, test } from 'vitest'
import { openMemoryLog } from '../../../kafka/memory-log.ts'
import { stateBatches } from '../../../schemas/state-records.ts'
import type { TableState } from '../../../schemas/state.ts'
import { StateReader } from '../../../schemas/stored-state.ts'
import { baseType } from '../../support/column-types.ts'
import { column, testTable } from '../../support/test-table.ts'

test('the state of a thousand wide tables is stored by one transaction', async () => {
  const columns = Array.from({ length: 100 }, (_, index) => column(`column_${index}`, baseType('int4')))
  const states = Array.from({ length: 1_000 }, (_, index): TableState => {
    const schema = testTable(`table_${index}`, columns, ['column_0'])
    return {
      kind: 'table',
      format: 1,
      schema,
      topic: `m.${index}`,
      partitions: 4,
      keySchemaId: 1,
      valueSchemaId: 2,
    }
  })
  const log = openMemoryLog()
  const limit = 10 << 20
  const config = { 'max.message.bytes': String(limit) }
  await log.ensureTopics([{ topic: 'm.state', partitions: 1, replication: 1, compacted: true, config }])
  const batches = stateBatches('m.state', states)
  expect(batches.reduce((bytes, batch) => bytes + batch.bytes.length, 0)).toBeGreaterThan(limit)
  const writer = await log.writer('w')
  await writer.transaction(async tx => {
    for (const batch of batches) await tx.publish([batch])
  })
  await writer.close()
  const stored = await new StateReader(log, 'm.state').refresh(new AbortController().signal)
  expect([...stored.tables.values()]).toEqual(states)
  await log.close()
})
