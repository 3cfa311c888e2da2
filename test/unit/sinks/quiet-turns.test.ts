import { expect, test } from 'vitest'
import { partitionState } from '../../../sinks/partition-state.ts'
import { QuietTurns } from '../../../sinks/quiet-turns.ts'

const order = { commit: 0n, index: 0n }

type Moving = ReturnType<typeof at>

function at(nextOffset: bigint) {
  const partition = partitionState({ topic: 't', partition: 0, nextOffset, order })
  return { partition, partitions: [partition], oldestMs: Number.POSITIVE_INFINITY }
}

test('of five turns in which nothing happens the log is asked in one', () => {
  const turns = new QuietTurns()
  const asked = Array.from({ length: 10 }, () => {
    if (turns.pass(at(7n))) return 0
    turns.looked(true)
    return 1
  })
  expect(asked).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0])
})

test.each([
  ['something is fetched', (stand: Moving) => void (stand.partition.next = 8n)],
  ['something is applied', (stand: Moving) => void (stand.partition.applied = { nextOffset: 8n, order })],
  ['something waits for the target', (stand: Moving) => void (stand.oldestMs = 1)],
])('the log is asked in the next turn when %s, also during the last look', (_what, move) => {
  const turns = new QuietTurns()
  const stand = at(7n)
  turns.pass(stand)
  move(stand)
  turns.looked(true)
  expect(turns.pass(stand)).toBe(false)
})

test('what is pending is looked at in the next turn', () => {
  const turns = new QuietTurns()
  turns.pass(at(7n))
  turns.looked(false)
  expect(turns.pass(at(7n))).toBe(false)
})
