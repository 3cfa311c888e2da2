import { describe, expect, test } from 'vitest'
import { tableId } from '../../../core/table-ref.ts'

describe('the text for a table', () => {
  test('is the same for the same table, asked once or again, of one object or of two', () => {
    const orders = { schema: 'public', name: 'orders' }
    expect([tableId(orders), tableId(orders), tableId({ ...orders })]).toEqual(
      Array.from({ length: 3 }, () => 'public.orders'),
    )
  })

  test('differs for tables that only look alike', () => {
    const refs = [
      { schema: 'a.b', name: 'c' },
      { schema: 'a', name: 'b.c' },
      { schema: 'a', name: 'b"c' },
      { schema: 'a', name: '"b""c"' },
    ]
    expect(new Set(refs.map(tableId)).size).toBe(refs.length)
  })
})
