import { expect, test } from 'vitest'
import { partitionState } from '../../../sinks/partition-state.ts'
import { QuietTurns } from '../../../sinks/quiet-turns.ts'

const at = (next: bigint) => ({
  partitions: [
    partitionState({ topic: 't', partition: 0, nextOffset: next, order: { commit: 0n, index: 0n } }),
  ],
  oldestMs: Number.POSITIVE_INFINITY,
})

test('of five turns in which nothing happens the log is asked in one', () => {
  const turns = new QuietTurns()
  const asked = Array.from({ length: 10 }, () => {
    if (turns.pass(at(7n))) return 0
    turns.looked(at(7n), true)
    return 1
  })
  expect(asked).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0])
})

test('what moves, and what is pending, is looked at in the next turn', () => {
  const turns = new QuietTurns()
  turns.looked(at(7n), true)
  expect(turns.pass(at(8n))).toBe(false)
  turns.looked(at(8n), false)
  expect(turns.pass(at(8n))).toBe(false)
  turns.looked(at(8n), true)
  expect(turns.pass({ ...at(8n), oldestMs: 1 })).toBe(false)
})
