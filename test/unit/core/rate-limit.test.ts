import { expect, test } from 'vitest'
import { RateLimit, unlimited } from '../../../core/rate-limit.ts'

function limitAt(rowsPerSecond: number | null, bytesPerSecond: number | null) {
  const clock = { ms: 1_000 }
  return { clock, limit: new RateLimit({ rowsPerSecond, bytesPerSecond }, () => clock.ms) }
}

test('work in any portions has the given rate on average', () => {
  const { clock, limit } = limitAt(100, null)
  let rows = 0
  for (const portion of [1, 250, 3, 40, 1_000]) {
    clock.ms += limit.waitMs
    expect(limit.waitMs).toBe(0)
    limit.spend(portion, 1 << 30)
    rows += portion
  }
  clock.ms += limit.waitMs
  expect(clock.ms - 1_000).toBe((rows / 100) * 1_000)
})

test('the stricter of both limits counts', () => {
  const { limit } = limitAt(100, 1_000)
  limit.spend(100, 500)
  expect(limit.waitMs).toBe(1_000)
  limit.spend(0, 4_500)
  expect(limit.waitMs).toBe(5_000)
})

test('time in which nothing was done is not saved up', () => {
  const { clock, limit } = limitAt(10, null)
  clock.ms += 3_600_000
  limit.spend(20, 0)
  expect(limit.waitMs).toBe(2_000)
})

test('what is still owed is paid at the new rate, and without a limit nothing is owed', () => {
  const { clock, limit } = limitAt(1, 1)
  limit.spend(1_000, 1_000)
  clock.ms += 100_000
  limit.limits = { rowsPerSecond: 100, bytesPerSecond: null }
  expect(limit.waitMs).toBe(9_000)
  limit.limits = unlimited
  expect(limit.waitMs).toBe(0)
  limit.spend(1_000, 1_000)
  limit.limits = { rowsPerSecond: 1, bytesPerSecond: 1 }
  expect(limit.waitMs).toBe(0)
})

test('whoever waits goes on soon after the limit is lifted, or when it shall stop', async () => {
  const limit = new RateLimit({ rowsPerSecond: 1, bytesPerSecond: null })
  limit.spend(1_000_000, 0)
  const stop = new AbortController()
  const stopped = limit.ready(stop.signal)
  stop.abort()
  await stopped
  const waiting = limit.ready(new AbortController().signal)
  limit.limits = unlimited
  await waiting
})
