import { count } from '../cli/progress/numbers.ts'
import { textTable } from '../cli/text-table.ts'
import type { Rounds } from './figures.ts'
import { type BenchResult, ratios } from './result.ts'

/** The columns of the table: the figure, its heading, its decimals. */
const columns = [
  ['rowsPerSecond', 'rows/s', 0],
  ['cpuSecondsPerMillion', 'CPU-s/M', 2],
  ['cpuToDatabases', 'to databases', 2],
  ['peakMemoryMb', 'peak MB', 0],
  ['kafkaCpuPerMillion', 'Kafka', 2],
  ['sourceCpuPerMillion', 'source', 2],
  ['targetCpuPerMillion', 'target', 2],
] as const

/** The result for people. */
export function report(result: BenchResult): string {
  const { machine, measured, rows, repeat } = result
  const { snapshotToCopy } = ratios(measured)
  const moved = [...measured].filter(([, { medians }]) => 'rowsPerSecond' in medians)
  const others = [...measured].filter(([, { medians }]) => !('rowsPerSecond' in medians))
  const compared = moved.filter(([, { medians }]) => 'snapshotToCopy' in medians)
  return [
    `${result.startedAt}: ${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, Node ${machine.node}, ${machine.source} to ${machine.target}\n`,
    `${count(rows)} rows, ${result.tls ? 'TLS' : 'no TLS'}, compression ${result.compression}, medians of ${repeat} rounds [least to greatest], load ${loads(result.loadBefore)} before, ${loads(result.loadAfter)} after\n\n`,
    textTable(
      ['', ...columns.map(([, heading]) => heading)],
      moved.map(([name, rounds]) => [
        name,
        ...columns.map(([figure, , decimals]) => cell(rounds, figure, decimals)),
      ]),
    ),
    `\nCPU-s/M: CPU seconds of connector and sink per million rows; to databases: for each second of source and target together; beside them those of the servers.\n`,
    ...compared.map(([name, rounds]) => comparison(name, rounds)),
    ...others.map(([name, rounds]) => `${name}: ${figures(rounds)}\n`),
    snapshotToCopy === undefined ? '' : `snapshot to copy: ${snapshotToCopy.toFixed(3)}\n`,
  ].join('')
}

function comparison(name: string, rounds: Rounds): string {
  const of = (figure: string, decimals: number) => cell(rounds, figure, decimals)
  return `${name}: ${of('megabytesPerSecond', 1)} MB/s, COPY ${of('copyMegabytesPerSecond', 1)} MB/s, ratio ${of('snapshotToCopy', 3)}\n`
}

function figures(rounds: Rounds): string {
  return Object.keys(rounds.medians)
    .map(figure => `${figure} ${cell(rounds, figure, 1)}`)
    .join(', ')
}

/** `12.3 [11.9 to 14.0]`; without the range when there was one round. */
function cell({ medians, ranges, rounds }: Rounds, figure: string, decimals: number): string {
  const value = medians[figure]
  if (value === undefined) return ''
  const text = (number: number) => (decimals === 0 ? count(number) : number.toFixed(decimals))
  const [least, most] = ranges[figure] ?? [value, value]
  return rounds.length === 1 ? text(value) : `${text(value)} [${text(least)} to ${text(most)}]`
}

function loads(load: readonly number[]): string {
  return load.map(value => value.toFixed(1)).join(' ')
}
