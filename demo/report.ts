import type { MigrationStatus } from '../control/migration-status.ts'
import type { Usage } from './migration-process.ts'
import type { TableDigest } from './shop/compare.ts'

export interface Outcome {
  readonly source: readonly TableDigest[]
  readonly target: readonly TableDigest[]
  readonly moneyBefore: string
  readonly moneyAfter: { readonly source: string; readonly target: string }
  readonly status: MigrationStatus
  readonly usage: Usage
  /** Events published from the log. */
  readonly events: number
  /** Events that the sink left out because it had seen later ones: there must be none. */
  readonly skipped: number
  readonly copySeconds: number
  readonly drainSeconds: number
  readonly transactions: number
}

/** What is not as it should be; empty when both databases are equal. */
export function differences(outcome: Outcome): readonly string[] {
  const found: string[] = []
  const others = new Map(outcome.target.map(table => [table.table, table]))
  for (const table of outcome.source) {
    const other = others.get(table.table)
    if (other === undefined) found.push(`${table.table} is missing in the target`)
    else if (other.rows !== table.rows)
      found.push(`${table.table}: ${table.rows} rows, ${other.rows} in the target`)
    else if (other.digest !== table.digest)
      found.push(`${table.table}: equal number of rows, different contents`)
  }
  const { source, target } = outcome.moneyAfter
  if (source !== outcome.moneyBefore)
    found.push(`money at the source: ${outcome.moneyBefore} before, ${source} after`)
  if (target !== source) found.push(`money: ${source} at the source, ${target} at the target`)
  if (outcome.skipped > 0) found.push(`the sink skipped ${outcome.skipped} events`)
  if (outcome.status.targets.some(({ parked }) => parked > 0)) found.push('events are parked')
  return found
}

/** The summary, for people. */
export function report(outcome: Outcome): string {
  const copied = outcome.status.tables.reduce((sum, table) => sum + table.rows, 0)
  const chunks = outcome.status.tables.reduce((sum, table) => sum + table.chunks, 0)
  const tables = outcome.source.map(
    table =>
      `  ${table.table.padEnd(22)} ${count(table.rows).padStart(11)} rows   ${table.digest.slice(0, 20)}…`,
  )
  const found = differences(outcome)
  return `
Source, table by table
${tables.join('\n')}

  snapshot        ${count(copied)} rows in ${chunks} chunks, ${outcome.copySeconds.toFixed(1)} s, ${count(Math.round(copied / outcome.copySeconds))} rows/s, while the application wrote
  stream          ${count(outcome.events)} events of ${count(outcome.transactions)} transactions of the application
  lag             drained ${outcome.drainSeconds.toFixed(2)} s after the application stopped
  switchback      ${outcome.usage.cpuSeconds.toFixed(1)} CPU-seconds, ${outcome.usage.peakMemoryMb} MB at most, connector and sink in one process
  money           ${outcome.moneyBefore} before, ${outcome.moneyAfter.source} and ${outcome.moneyAfter.target} after

${found.length === 0 ? 'EQUAL: every row of every table is the same in both databases.' : `DIFFERENT:\n${found.map(line => `  - ${line}`).join('\n')}`}
`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
