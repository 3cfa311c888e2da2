import type { TableRef } from '../../../core/table-ref.ts'

/** Which tables to take: patterns `schema.table`, where `*` stands for any characters and a part in double quotes is exact. */
export interface TablePatterns {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** A test for tables. A pattern that is not of the form above matches nothing. */
export function tableFilter(patterns: TablePatterns): (table: TableRef) => boolean {
  const include = patterns.include.map(patternTest)
  const exclude = patterns.exclude.map(patternTest)
  return table => include.some(test => test(table)) && !exclude.some(test => test(table))
}

const patternParts = /^(?<schema>[^".]+|"(?:[^"]|"")+")\.(?<name>[^".]+|"(?:[^"]|"")+")$/

/** A test for one pattern. */
export function patternTest(pattern: string): (table: TableRef) => boolean {
  const parts = patternParts.exec(pattern)?.groups
  const schema = partTest(parts?.['schema'])
  const name = partTest(parts?.['name'])
  return table => schema.test(table.schema) && name.test(table.name)
}

function partTest(part: string | undefined): RegExp {
  if (part === undefined) return /(?!)/
  if (part.startsWith('"')) return new RegExp(`^${literal(part.slice(1, -1).replaceAll('""', '"'))}$`, 's')
  return new RegExp(`^${part.split('*').map(literal).join('.*')}$`, 's')
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}
