import { expect, test } from 'vitest'
import { refuseRenamed } from '../../../connectors/refuse-renamed.ts'
import { MigrationError } from '../../../core/errors.ts'

const table = { schema: 'public', name: 't' }

/** The code that the change of a table's columns is refused with. */
function refusal(
  known: Parameters<typeof refuseRenamed>[0]['columns'],
  now: Parameters<typeof refuseRenamed>[1]['columns'],
): string | null {
  try {
    refuseRenamed({ table, columns: known }, { table, columns: now })
    return null
  } catch (error) {
    return error instanceof MigrationError ? error.code : String(error)
  }
}

test('columns may be added, dropped and told without numbers, but neither renamed nor replaced', () => {
  const a = { name: 'a', number: 1 }
  const b = { name: 'b', number: 2 }
  expect(refusal([a], [a, b])).toBe(null)
  expect(refusal([a, b], [a])).toBe(null)
  expect(refusal([{ name: 'a' }, b], [{ name: 'a', number: 3 }, b])).toBe(null)
  expect(refusal([a, b], [{ name: 'a' }, b])).toBe(null)
  expect(refusal([a, b], [a, { name: 'c', number: 2 }])).toBe('schema.column_renamed')
  expect(refusal([a, b], [a, { name: 'b', number: 3 }])).toBe('schema.column_replaced')
})

test('a column that the target computes may be computed in another way from now on', () => {
  const twice = { name: 'twice', number: 2, generated: 'a * 2' }
  expect(refusal([twice], [{ name: 'twice', number: 3, generated: 'a + a' }])).toBe(null)
})
