import { describe, expect, test } from 'vitest'
import { differentTables } from '../../../bench/equal.ts'
import { summarize } from '../../../bench/figures.ts'
import { report } from '../../../bench/report.ts'
import { type BenchResult, resultJson } from '../../../bench/result.ts'

const result: BenchResult = {
  startedAt: '2026-01-01T00:00:00.000Z',
  machine: {
    cpu: 'Abacus',
    cores: 2,
    memoryGb: 4,
    node: 'v20',
    source: 'PostgreSQL 15',
    target: 'PostgreSQL 18',
    switchback: '0',
  },
  tls: false,
  compression: 'none',
  rows: 1_000_000,
  repeat: 3,
  loadBefore: [0, 0, 0],
  loadAfter: [1, 1, 1],
  measured: new Map([
    ['copy', summarize([800, 700, 900].map(rowsPerSecond => ({ rowsPerSecond })))],
    ['snapshot', summarize([100, 300, 200].map(rowsPerSecond => ({ rowsPerSecond, peakMemoryMb: 256 })))],
    ['latency', summarize([{ p50Ms: 1, p99Ms: 2 }])],
  ]),
}

describe('the result of a bench', () => {
  test('as data, medians stand under the names of the measurements', () => {
    expect(resultJson(result)).toMatchObject({
      copy: { rowsPerSecond: 800, ranges: { rowsPerSecond: [700, 900] } },
      snapshot: { rowsPerSecond: 200, peakMemoryMb: 256 },
      latency: { p50Ms: 1, p99Ms: 2 },
      ratios: { snapshotToCopy: 0.25 },
    })
  })

  test('there is no ratio to what was not measured', () => {
    expect(resultJson({ ...result, measured: new Map() })['ratios']).toEqual({})
  })

  test('for people, every figure is named with its range', () => {
    const text = report(result)
    expect(text).toContain('200 [100 to 300]')
    expect(text).toContain('p99Ms 2.0')
    expect(text).toContain('snapshot to copy: 0.250')
    expect(text).toContain('Abacus')
  })
})

describe('equality', () => {
  const table = { table: 't', rows: 2, digest: 'a' }

  test('holds for the same digests only', () => {
    expect(differentTables([table], [table])).toEqual([])
    expect(differentTables([table], [{ ...table, digest: 'b' }])).toEqual(['t'])
    expect(differentTables([table], [{ ...table, rows: 3 }])).toEqual(['t'])
  })

  test('a table that is missing is different', () => {
    expect(differentTables([table], [])).toEqual(['t'])
  })
})
