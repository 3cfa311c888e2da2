import { expect, test } from 'vitest'
import { ProgressMeter } from '../../../cli/progress/progress-meter.ts'
import { status, table, target } from './migration-status.ts'

test('the first look shows no pace', () => {
  const view = new ProgressMeter().view(status(0, { tables: [table('a', { rows: 500 })] }))
  expect(view.tables[0]).toMatchObject({ rows: 500, rowsPerSecond: 0, etaSeconds: null })
})

test('pace and time left come from what changed', () => {
  const meter = new ProgressMeter()
  meter.view(
    status(0, { tables: [table('a', { rows: 100 })], targets: [target('new', { appliedEvents: 10 })] }),
  )
  const view = meter.view(
    status(2, { tables: [table('a', { rows: 300 })], targets: [target('new', { appliedEvents: 50 })] }),
  )
  expect(view.tables[0]).toMatchObject({ rowsPerSecond: 100, etaSeconds: 7 })
  expect(view.total).toMatchObject({ rowsPerSecond: 100, etaSeconds: 7 })
  expect(view.targets[0]).toMatchObject({ eventsPerSecond: 20 })
})

test('a pace forgets what is longer ago than ten seconds', () => {
  const meter = new ProgressMeter()
  meter.view(status(0, { tables: [table('a', { rows: 0 })] }))
  meter.view(status(1, { tables: [table('a', { rows: 900 })] }))
  for (let second = 2; second <= 12; second++)
    meter.view(status(second, { tables: [table('a', { rows: 900 })] }))
  expect(meter.view(status(13, { tables: [table('a', { rows: 900 })] })).tables[0]?.rowsPerSecond).toBe(0)
})

test('a scan that begins anew shows no negative pace', () => {
  const meter = new ProgressMeter()
  meter.view(status(0, { tables: [table('a', { rows: 900 })] }))
  expect(meter.view(status(1, { tables: [table('a', { rows: 0 })] })).tables[0]?.rowsPerSecond).toBe(0)
})

test('the total counts a copied table with its real rows, whatever was guessed', () => {
  const tables = [
    table('a', { snapshot: 'copied', rows: 10, estimatedRows: 5000 }),
    table('b', { rows: 2000, estimatedRows: 1000 }),
  ]
  const { total } = new ProgressMeter().view(status(0, { tables }))
  expect(total).toMatchObject({ tables: 2, copiedTables: 1, rows: 2010, estimatedRows: 2010 })
})
