import { describe, expect, test } from 'vitest'
import { growths } from '../../../../bench/soak/growth.ts'
import type { Sample } from '../../../../bench/soak/sample.ts'

const everyMs = 5_000

/** A connector that lives for so many minutes and holds `files` at its age in minutes. */
function life(minutes: number, files: (ageMinutes: number) => number, pid = 1): readonly Sample[] {
  return Array.from({ length: (minutes * 60_000) / everyMs }, (_, n) => {
    const ageMs = n * everyMs
    const connector = {
      pid,
      ageMs,
      residentMb: 100,
      peakMb: 120,
      files: files(ageMs / 60_000),
      sockets: 5,
      timers: 3,
    }
    return {
      atMs: ageMs,
      cycle: 1,
      transactions: n,
      applied: n,
      lag: 0,
      roles: { connector, sink: null },
      kafka: null,
      source: null,
      target: null,
      diskMb: 1,
    }
  })
}

const leaksOf = (samples: readonly Sample[]) =>
  growths(samples)
    .filter(({ isLeak }) => isLeak)
    .map(({ role, figure }) => `${role} ${figure}`)

describe('growth of long-lived processes', () => {
  test('a process that holds more and more leaks', () => {
    expect(leaksOf(life(20, age => 20 + age))).toEqual(['connector files'])
  })

  test('a process that holds the same does not', () => {
    expect(growths(life(20, () => 20))).toHaveLength(4)
    expect(leaksOf(life(20, () => 20))).toEqual([])
  })

  test('what grows in the first minutes only is no leak', () => {
    expect(leaksOf(life(20, age => Math.min(age, 2) * 50))).toEqual([])
  })

  test('a short peak is no leak', () => {
    expect(leaksOf(life(20, age => (age > 18 && age < 19 ? 500 : 20)))).toEqual([])
  })

  test('a short life is not judged', () => {
    expect(growths(life(5, age => age * 100))).toEqual([])
  })

  test('processes are not mixed up', () => {
    expect(leaksOf([...life(8, () => 20, 1), ...life(8, () => 60, 2)])).toEqual([])
  })
})
