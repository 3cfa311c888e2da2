import type { Rounds } from './figures.ts'
import type { Machine } from './machine.ts'
import type { MeasurementName } from './measurements/names.ts'

/** All that one run has found. */
export interface BenchResult {
  readonly machine: Machine
  /** ISO 8601. */
  readonly startedAt: string
  readonly tls: boolean
  readonly compression: 'none' | 'lz4'
  readonly rows: number
  readonly repeat: number
  readonly loadBefore: readonly number[]
  readonly loadAfter: readonly number[]
  readonly measured: ReadonlyMap<MeasurementName, Rounds>
}

/** Medians under the names of the measurements, with their ranges and rounds beside. */
export function resultJson(result: BenchResult): Record<string, unknown> {
  const { measured, ...about } = result
  const figures = [...measured].map(([name, { medians, ranges, rounds }]) => [
    name,
    { ...medians, ranges, rounds },
  ])
  return { ...about, ...Object.fromEntries(figures), ratios: ratios(measured) }
}

/** Of medians of the same run; empty when one of them was not measured. */
export function ratios(measured: BenchResult['measured']): { readonly snapshotToCopy?: number } {
  const rate = (name: MeasurementName) => measured.get(name)?.medians['rowsPerSecond']
  const [copy, snapshot] = [rate('copy'), rate('snapshot')]
  return copy === undefined || snapshot === undefined ? {} : { snapshotToCopy: snapshot / copy }
}
