import { expect, test } from 'vitest'
import { CapturedRelations } from '../../../connectors/postgres/stream/captured-relations.ts'
import { MessageReader } from '../../../connectors/postgres/stream/message-reader.ts'
import type { LogMessage, RowMessage } from '../../../connectors/source.ts'
import { baseType } from '../../support/column-types.ts'
import {
  beginOf,
  commitOf,
  insertOf,
  relationOf,
  tupleOf,
  updateOf,
  walData,
} from '../../support/log-message.ts'
import { brief } from '../../support/log-reader.ts'
import { column, testTable } from '../../support/test-table.ts'

const highest = 0xffff_ffff_ffff_fff0n
const first = 0xfedc_ba98
const second = 17
const foreign = 18

/** The relation message of a table of one key column, as `tables` describes it. */
function announcement(oid: number, name: string): Buffer {
  const columns = [{ name: 'id', isKey: true, type: 0, modifier: -1 }]
  return relationOf({ oid, schema: 'public', name, identity: 'd', columns })
}

/** Reads messages of the tables `a` and `b`, and of `c`, which is not captured. */
function readerOfTables() {
  const tables = ['a', 'b'].map(name => testTable(name, [column('id', baseType('int4'))], ['id']))
  const reader = new MessageReader(new CapturedRelations(tables))
  // Each frame lies somewhere in a chunk of its own.
  const read = (message: Buffer, lsn = 1n): LogMessage | null =>
    reader.read(Buffer.concat([Buffer.alloc(3, 0xff), walData(lsn, message), Buffer.alloc(3, 0xff)]), 3)
  for (const [oid, name] of [[first, 'a'] as const, [second, 'b'] as const, [foreign, 'c'] as const])
    expect(read(announcement(oid, name))).toBe(null)
  const row = (message: Buffer, lsn = 1n): RowMessage => {
    const found = read(message, lsn)
    if (found?.kind !== 'row') throw new Error('no row')
    return found
  }
  return { read, row }
}

test('a row of another table lets go of the bytes that the last row lay in', () => {
  const { read, row } = readerOfTables()
  const { before, after } = row(updateOf(first, ['1'], ['2']))
  expect(read(insertOf(foreign, ['x']))).toBe(null)
  expect(after?.buffer.length).toBeGreaterThan(0)
  const next = row(insertOf(second, ['3']))
  expect([before?.buffer.length, after?.buffer.length]).toEqual([0, 0])
  expect(brief(next)).toEqual(['c', 'b', ['3']])
  expect(brief(row(insertOf(second, ['4'])))).toEqual(['c', 'b', ['4']])
  expect(brief(row(updateOf(first, ['5'], ['6'])))).toEqual(['u', 'a', ['6'], 'old', ['5']])
})

test('positions and ids come whole, the highest as well', () => {
  const { read, row } = readerOfTables()
  expect(read(beginOf(highest, 0xffff_fff0))).toMatchObject({ commit: highest, transactionId: 0xffff_fff0 })
  expect(row(insertOf(first, ['1']), highest - 1n).lsn).toBe(highest - 1n)
  expect(read(commitOf(highest, highest + 1n))).toMatchObject({ commit: highest, end: highest + 1n })
})

test('rows count from the beginning of their transaction, also those of tables that are not captured', () => {
  const { read, row } = readerOfTables()
  read(beginOf(5n, 1))
  read(insertOf(foreign, ['1']))
  expect(row(insertOf(first, ['1'])).index).toBe(2)
  read(beginOf(6n, 2))
  expect(row(insertOf(second, ['1'])).index).toBe(1)
})

test('a row of a table that was never announced, and a message of an unknown type, are refused', () => {
  const { read } = readerOfTables()
  const undecodable = expect.objectContaining({ code: 'source.log_undecodable' })
  expect(() => read(insertOf(99, ['1']))).toThrow(undecodable)
  expect(() => read(tupleOf(['1']))).toThrow(undecodable)
})
