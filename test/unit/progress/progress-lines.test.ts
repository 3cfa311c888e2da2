import { expect, test } from 'vitest'
import { plainLines, progressLines } from '../../../cli/progress/progress-lines.ts'
import { ProgressMeter } from '../../../cli/progress/progress-meter.ts'
import { status, table, target } from './migration-status.ts'

const view = (facts: Parameters<typeof status>[1]) => new ProgressMeter().view(status(0, facts))

test('each table that is being copied has a bar, then come the total and the targets', () => {
  const lines = progressLines(
    view({
      tables: [
        table('orders', { rows: 500, chunks: 3 }),
        table('done', { snapshot: 'copied', rows: 10 }),
        table('later', { snapshot: 'waiting' }),
      ],
      targets: [target('new', { lagSeconds: 0.44, lagEvents: 1234 })],
    }),
    200,
    24,
  )
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/^public\.orders +█{12}░{12} +50 % +500 of about 1,000 rows, 3 chunks/)
  expect(lines[1]).toContain('510 rows, 1 of 3 tables copied')
  expect(lines[2]).toBe('target new: lag 0.4 s, 1,234 events behind, 0 events/s')
})

test('an estimate that is too low never shows a table as finished', () => {
  expect(progressLines(view({ tables: [table('a', { rows: 5000 })] }), 200, 24)[0]).toContain('99 %')
})

test('no line is longer than the terminal is wide', () => {
  const wide = view({ tables: [table('x'.repeat(90), { rows: 1 })], targets: [target('y'.repeat(90))] })
  for (const columns of [10, 40, 79]) {
    for (const line of progressLines(wide, columns, 24))
      expect(Array.from(line).length).toBeLessThanOrEqual(columns)
  }
})

test('many tables fit into a low terminal, and the rest is counted', () => {
  const tables = Array.from({ length: 50 }, (_, index) => table(`t${index}`))
  const lines = progressLines(view({ tables, targets: [target('new')] }), 100, 10)
  expect(lines.length).toBeLessThan(10)
  const shown = lines.filter(line => line.startsWith('public.')).length
  expect(lines).toContain(`and ${50 - shown} more tables`)
})

test('parked events and unreachable servers cannot be overlooked', () => {
  const lines = plainLines(
    view({
      targets: [target('new', { parked: 3, lagEvents: null, lagSeconds: null })],
      unreachable: [{ part: 'kafka', code: 'kafka.unreachable', message: 'no broker answers' }],
    }),
  )
  expect(lines).toEqual([
    'target new: lag unknown, 0 events/s, 3 PARKED',
    'cannot reach kafka: kafka.unreachable: no broker answers',
  ])
})
