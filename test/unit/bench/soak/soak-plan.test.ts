import { expect, test } from 'vitest'
import { soakPlan } from '../../../../bench/soak/soak-plan.ts'
import { soakOptions } from '../../../../bench/soak/soak-options.ts'

const minutesOf = (minutes: number) =>
  soakPlan(minutes).reduce((sum, { roughMs, steadyMs }) => sum + (roughMs + steadyMs) / 60_000, 0)

test.each([1, 3, 60, 600])('a soak of %i minutes takes so long', minutes => {
  expect(minutesOf(minutes)).toBeCloseTo(minutes)
})

test('in an hour, some processes live long enough to be judged', () => {
  const longest = Math.max(...soakPlan(60).map(({ steadyMs }) => steadyMs))
  expect(longest).toBeGreaterThanOrEqual(13 * 60_000)
})

test('an hour has several migrations', () => {
  expect(soakPlan(60).length).toBeGreaterThanOrEqual(4)
})

test.each([
  ['--minutes', '0'],
  ['--rows', '10'],
  ['--people', 'many'],
])('%s %s is refused', (name, value) => {
  expect(() => soakOptions([name, value])).toThrow(`${name} takes`)
})
