import { expect, test } from 'vitest'
import { SeenEnds } from '../../../sinks/seen-ends.ts'

const range = (end: bigint) => ({ topic: 't', partition: 0, start: 0n, end, written: end })

test('steady traffic that is applied in time never adds up to a lag', () => {
  const seen = new SeenEnds()
  const lags = [1, 2, 3, 4].map(second => {
    const since = seen.note(range(BigInt(second * 100)), BigInt(second * 100 - 5), second * 1000)
    return second * 1000 - (since ?? Number.NaN)
  })
  expect(lags).toEqual([0, 0, 0, 0])
})

test('a target that stands still is behind since the first event it lacks, however much follows', () => {
  const seen = new SeenEnds()
  expect(seen.note(range(10n), 10n, 1000)).toBeNull()
  for (let second = 2; second < 500; second++)
    expect(seen.note(range(BigInt(second * 10)), 10n, second * 1000)).toBe(2000)
})

test('catching up in part moves the beginning of the lag', () => {
  const seen = new SeenEnds()
  seen.note(range(10n), 0n, 1000)
  seen.note(range(20n), 0n, 2000)
  expect(seen.note(range(30n), 15n, 3000)).toBe(2000)
  expect(seen.note(range(30n), 30n, 4000)).toBeNull()
})
