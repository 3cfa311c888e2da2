import { describe, expect, test } from 'vitest'
import { LastKey } from '../../../connectors/postgres/snapshot/last-key.ts'
import { baseType } from '../../support/column-types.ts'
import { column, testTable } from '../../support/test-table.ts'
import { slicesOf } from '../../support/text-row.ts'

const schema = testTable(
  'orders',
  ['note', 'line', 'id'].map(name => column(name, baseType('text'))),
  ['id', 'line'],
)

describe('the key of the last row', () => {
  test.each([0, 1, 95, 96, 97, 255, 256, 257, 5000])(
    'survives the row, %i bytes long, in key order',
    bytes => {
      const key = new LastKey(schema)
      const id = 'ü'.repeat(bytes >> 1) + 'x'.repeat(bytes & 1)
      const row = slicesOf(schema, { note: 'n', line: '12', id })
      key.copy(slicesOf(schema, { note: null, line: 'longer than before', id: 'y'.repeat(300) }))
      key.copy(row)
      row.buffer.fill(0)
      expect(key.values()).toEqual([id, '12'])
    },
  )

  test('is nothing before the first row', () => {
    expect(new LastKey(schema).values()).toBeNull()
  })

  test('is refused where a key column is NULL', () => {
    expect(() => new LastKey(schema).copy(slicesOf(schema, { id: null, line: '1' }))).toThrow('NULL')
  })
})
