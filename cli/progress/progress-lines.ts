import { count, duration } from './numbers.ts'
import type { ProgressView, TableProgress, TargetProgress, TotalProgress } from './progress-view.ts'

/** How many characters a table's name and its bar may take. */
interface Layout {
  readonly name: number
  readonly bar: number
}

/** The numbers matter more than the bars: these give way first. */
function layoutFor(columns: number): Layout {
  if (columns >= 150) return { name: 32, bar: 24 }
  return columns >= 100 ? { name: 22, bar: 12 } : { name: 14, bar: 6 }
}

/** The display on a terminal: a bar for each table that is being copied, as many as fit, then the total, then the targets. */
export function progressLines(view: ProgressView, columns: number, rows: number): readonly string[] {
  const layout = layoutFor(columns)
  const below = [
    ...totalLines(view.total, layout),
    ...view.targets.map(targetLine),
    ...view.unreachable.map(({ part, code }) => `cannot reach ${part}: ${code}`),
  ]
  const active = view.tables.filter(table => isActive(table))
  // The last line of the terminal stays free for the cursor, and one says how many are not shown.
  const room = Math.max(1, rows - below.length - 2)
  const shown = active.length <= room ? active : active.slice(0, room - 1)
  const hidden = active.length - shown.length
  const lines = [
    ...shown.map(table => tableLine(table, layout)),
    ...(hidden === 0 ? [] : [`and ${hidden} more tables`]),
    ...below,
  ]
  return lines.map(line => cut(line, columns))
}

/** The same facts for a log: no bars, nothing that is not being copied. */
export function plainLines(view: ProgressView): readonly string[] {
  return [
    ...view.tables
      .filter(isActive)
      .map(({ table, ...facts }) => `${table}: ${share(facts)}${tableFacts(facts)}`),
    ...(view.total.tables === 0 ? [] : [`snapshot: ${totalFacts(view.total)}`]),
    ...view.targets.map(targetLine),
    ...view.unreachable.map(({ part, code, message }) => `cannot reach ${part}: ${code}: ${message}`),
  ]
}

function isActive({ phase }: TableProgress): boolean {
  return phase === 'copying' || phase === 'scanning' || phase === 'settling'
}

function tableLine(table: TableProgress, layout: Layout): string {
  const name = cut(table.table, layout.name).padEnd(layout.name)
  return `${name} ${bar(fraction(table), layout.bar)} ${share(table)}${tableFacts(table)}`
}

function tableFacts({
  rows,
  estimatedRows,
  chunks,
  rowsPerSecond,
  etaSeconds,
}: Omit<TableProgress, 'table'>): string {
  const eta = etaSeconds === null ? '' : `, ${duration(etaSeconds)} left`
  const of = estimatedRows > rows ? ` of about ${count(estimatedRows)}` : ''
  return `${count(rows)}${of} rows, ${count(chunks)} chunks, ${count(rowsPerSecond)} rows/s${eta}`
}

function totalLines(total: TotalProgress, layout: Layout): readonly string[] {
  if (total.tables === 0) return ['waiting for the first table']
  const label = 'all tables'.padEnd(layout.name)
  const part = total.copiedTables === total.tables ? 1 : ratio(total.rows, total.estimatedRows)
  return [`${label} ${bar(part, layout.bar)} ${percent(part)}${totalFacts(total)}`]
}

function totalFacts({ tables, copiedTables, rows, rowsPerSecond, etaSeconds }: TotalProgress): string {
  const eta = etaSeconds === null ? '' : `, ${duration(etaSeconds)} left`
  const pace = copiedTables === tables ? '' : `, ${count(rowsPerSecond)} rows/s`
  return `${count(rows)} rows, ${copiedTables} of ${tables} tables copied${pace}${eta}`
}

function targetLine({ name, lagSeconds, lagEvents, eventsPerSecond, parked }: TargetProgress): string {
  const lag = lagSeconds === null ? '' : `lag ${duration(lagSeconds)}, `
  const behind = lagEvents === null ? 'lag unknown' : `${count(lagEvents)} events behind`
  const waiting = parked === 0 ? '' : `, ${count(parked)} PARKED`
  return `target ${name}: ${lag}${behind}, ${count(eventsPerSecond)} events/s${waiting}`
}

function share(table: Omit<TableProgress, 'table'>): string {
  return percent(fraction(table))
}

/** An estimate is no promise: a table that is not copied stays below the whole. */
function fraction({ phase, rows, estimatedRows }: Omit<TableProgress, 'table'>): number {
  return phase === 'settling' || phase === 'copied' ? 1 : Math.min(0.99, ratio(rows, estimatedRows))
}

function ratio(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(1, part / whole)
}

function percent(part: number): string {
  return `${String(Math.floor(part * 100)).padStart(3)} %  `
}

function bar(part: number, width: number): string {
  const full = Math.floor(part * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

/** At most `columns` characters; counts code points, so that no character is broken. */
function cut(text: string, columns: number): string {
  const characters = Array.from(text)
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`
}
