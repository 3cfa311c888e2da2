import { median, range } from './statistics.ts'

/** What one round of a measurement gave: figures by name; the unit is part of the name. */
export type Figures = Readonly<Record<string, number>>

/** Several rounds of a measurement. `ranges` has the least and the greatest value of each figure. */
export interface Rounds {
  readonly medians: Figures
  readonly ranges: Readonly<Record<string, readonly [number, number]>>
  readonly rounds: readonly Figures[]
}

/** Every round has the same figures. */
export function summarize(rounds: readonly Figures[]): Rounds {
  const names = Object.keys(rounds[0] ?? {})
  const of = (name: string) => rounds.map(figures => figures[name] ?? Number.NaN)
  return {
    medians: Object.fromEntries(names.map(name => [name, median(of(name))])),
    ranges: Object.fromEntries(names.map(name => [name, range(of(name))])),
    rounds,
  }
}
