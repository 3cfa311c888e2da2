import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ModelRules, brokenRules, rightRules } from '../../support/snapshot-model/model-rules.ts'
import { nothingSeen, type Seen } from '../../support/snapshot-model/model-run.ts'
import { simulate } from '../../support/snapshot-model/simulate.ts'

const schedules = fc.array(fc.nat({ max: 0x7fffffff }), { minLength: 300, maxLength: 2_500, size: 'max' })
const seed = 88

async function check(
  rules: ModelRules,
  runs: number,
): Promise<{ failed: boolean; report: string; seen: Seen }> {
  const seen = nothingSeen()
  const details = await fc.check(
    fc.asyncProperty(schedules, numbers => simulate(numbers, rules, seen)),
    { seed, numRuns: runs, endOnFailure: rules !== rightRules, interruptAfterTimeLimit: 240_000 },
  )
  const error = details.errorInstance instanceof Error ? details.errorInstance.stack : ''
  return {
    failed: details.failed,
    report: `seed ${seed}, path ${details.counterexamplePath}: ${error}`,
    seen,
  }
}

describe('a snapshot beside a stream', () => {
  it('makes the target equal to the source, whatever the order of things and wherever it crashes', async () => {
    const { failed, report, seen } = await check(rightRules, 1_500)
    expect(failed, report).toBe(false)
    // Otherwise the promise was not put to the test.
    for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(50)
  }, 300_000)

  it.each(Object.entries(brokenRules))(
    'is not passed when %s',
    async (_, rules) => {
      const { failed } = await check(rules, 2_000)
      expect(failed).toBe(true)
    },
    300_000,
  )
})
