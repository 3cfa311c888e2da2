import type { Figures } from './figures.ts'
import { percentile } from './statistics.ts'

/** `source` and `target`: when each row was committed there, ms, by key. What was committed in the first `warmUpMs` does not count. */
export function latencies(
  source: ReadonlyMap<string, number>,
  target: ReadonlyMap<string, number>,
  warmUpMs: number,
): Figures {
  const times = [...source.values()]
  const firstMs = times.reduce((least, ms) => Math.min(least, ms), Infinity) + warmUpMs
  const lastMs = times.reduce((most, ms) => Math.max(most, ms), 0)
  const measured = [...source].filter(([, ms]) => ms >= firstMs)
  const delays = measured.map(([key, ms]) => (target.get(key) ?? Number.NaN) - ms)
  return {
    p50Ms: percentile(delays, 0.5),
    p99Ms: percentile(delays, 0.99),
    maxMs: percentile(delays, 1),
    changesPerSecond: (measured.length / (lastMs - firstMs)) * 1000,
  }
}
