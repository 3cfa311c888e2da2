import { describe, expect, test } from 'vitest'
import { benchOptions } from '../../../bench/options.ts'

describe('options of the bench', () => {
  test('without any, everything is measured at a million rows', () => {
    expect(benchOptions([])).toMatchObject({ rows: 1_000_000, repeat: 3, from: 15, to: 18, json: null })
    expect(benchOptions([])).toHaveProperty('only.length', 10)
  })

  test('some measurements can be chosen', () => {
    expect(benchOptions(['--only', 'copy, catchUp'])).toMatchObject({ only: ['copy', 'catchUp'] })
  })

  test.each([
    ['--only', 'nothing'],
    ['--rows', '1.5'],
    ['--rows', '10'],
    ['--repeat', '0'],
    ['--from', '9'],
  ])('%s %s is refused', (name, value) => {
    expect(() => benchOptions([name, value])).toThrow(`${name} takes`)
  })
})
