import { describe, expect, test } from 'vitest'
import { summarize } from '../../../bench/figures.ts'
import { latencies } from '../../../bench/latencies.ts'
import { median, percentile, range } from '../../../bench/statistics.ts'

describe('figures of several rounds', () => {
  test('the median does not depend on the order, nor on one bad round', () => {
    expect(median([9, 1, 1000])).toBe(9)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([])).toBeNaN()
  })

  test('the range has the least and the greatest', () => {
    expect(range([3, -1, 7])).toEqual([-1, 7])
  })

  test('a percentile is a value that occurred', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
    expect(percentile(hundred, 0.5)).toBe(50)
    expect(percentile(hundred, 0.99)).toBe(99)
    expect(percentile(hundred, 1)).toBe(100)
    expect(percentile([7], 0.01)).toBe(7)
  })

  test('each figure is summarized by itself', () => {
    const rounds = [
      { rowsPerSecond: 10, peakMemoryMb: 200 },
      { rowsPerSecond: 30, peakMemoryMb: 100 },
      { rowsPerSecond: 20, peakMemoryMb: 150 },
    ]
    expect(summarize(rounds)).toEqual({
      medians: { rowsPerSecond: 20, peakMemoryMb: 150 },
      ranges: { rowsPerSecond: [10, 30], peakMemoryMb: [100, 200] },
      rounds,
    })
  })
})

describe('latencies', () => {
  const source = new Map(Array.from({ length: 200 }, (_, n) => [`k${n}`, 1000 + n] as const))

  test('each change is compared with its own commit at the target, without those of the warm-up', () => {
    const target = new Map([...source].map(([key, ms]) => [key, ms < 1100 ? ms + 900 : ms + 5] as const))
    expect(latencies(source, target, 100)).toMatchObject({ p50Ms: 5, p99Ms: 5, maxMs: 5 })
    expect(latencies(source, target, 0)).toMatchObject({ maxMs: 900 })
  })

  test('the pace is that of what was measured', () => {
    const changesPerSecond = latencies(source, source, 100)['changesPerSecond']
    expect(changesPerSecond).toBeCloseTo(1010, 0)
  })
})
