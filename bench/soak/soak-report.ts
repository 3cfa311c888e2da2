import { textTable } from '../../cli/text-table.ts'
import type { CycleResult } from './cycle.ts'
import type { Growth } from './growth.ts'
import type { SoakResult } from './run-soak.ts'
import type { Sample } from './sample.ts'

/** The result for people. */
export function soakReport(result: SoakResult): string {
  const { options, minutes, transactions, cycles, failures } = result
  const comparisons = cycles.reduce((sum, cycle) => sum + cycle.comparisons, 0)
  return [
    `seed ${options.seed}: ${minutes.toFixed(1)} minutes, ${cycles.length} migrations to their end, `,
    `${transactions} transactions, ${comparisons} comparisons of all rows\n\n`,
    disturbances(cycles),
    '\n',
    peaks(result.samples),
    '\n',
    growthTable(result.growths),
    failures.length === 0
      ? '\nNothing is wrong.\n'
      : `\n${failures.length} failures:\n${failures.join('\n')}\n`,
  ].join('')
}

function disturbances(cycles: readonly CycleResult[]): string {
  const counts = new Map<string, number>()
  for (const { disturbances: found } of cycles)
    for (const [name, count] of Object.entries(found)) counts.set(name, (counts.get(name) ?? 0) + count)
  return textTable(
    ['disturbance', 'times'],
    [...counts].map(([name, count]) => [name, String(count)]),
  )
}

function peaks(samples: readonly Sample[]): string {
  const most = (name: string, of: (sample: Sample) => number | null | undefined) => [
    name,
    String(Math.max(0, ...samples.map(sample => of(sample) ?? 0))),
  ]
  return textTable(
    ['most', ''],
    [
      most('memory of a connector, MB', ({ roles }) => roles.connector?.peakMb),
      most('memory of a sink, MB', ({ roles }) => roles.sink?.peakMb),
      most('lag, events', ({ lag }) => lag),
      most('our connections at the source', ({ source }) => source?.connections),
      most('our connections at the target', ({ target }) => target?.connections),
      most('slots', ({ source }) => source?.slots),
      most('disk of all servers, MB', ({ diskMb }) => diskMb),
    ],
  )
}

function growthTable(growths: readonly Growth[]): string {
  if (growths.length === 0) return 'No process lived long enough to tell whether it grows.\n'
  const rows = growths.map(({ role, minutes, figure, early, late, isLeak }) => {
    return [role, String(minutes), figure, String(early), `${late}${isLeak ? ' LEAK' : ''}`]
  })
  return textTable(['process', 'minutes', '', 'early', 'late'], rows)
}
