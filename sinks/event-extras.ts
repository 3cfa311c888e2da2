import { MigrationError } from '../core/errors.ts'
import type { RecordHeader } from '../kafka/record-headers.ts'
import { headerNames } from '../schemas/encoder.ts'

/** What the headers of an event say beyond its value. */
export interface EventExtras {
  /** Columns that the log did not carry. */
  readonly unchanged: readonly string[]
  /** Exact texts of the new and of the old row, null for NULL. */
  readonly text: ReadonlyMap<string, string | null>
  readonly textBefore: ReadonlyMap<string, string | null>
  readonly open: boolean
}

/** Reads the `sb.*` headers. Throws `event.undecodable`. */
export function eventExtras(headers: readonly RecordHeader[]): EventExtras {
  return {
    unchanged: names(find(headers, headerNames.unchanged)),
    text: texts(find(headers, headerNames.text)),
    textBefore: texts(find(headers, headerNames.textBefore)),
    open: find(headers, headerNames.open) !== null,
  }
}

function find(headers: readonly RecordHeader[], name: string): Buffer | null {
  return headers.find(header => header[0] === name)?.[1] ?? null
}

function names(header: Buffer | null): string[] {
  if (header === null) return []
  const value = parse(header)
  if (Array.isArray(value) && value.every(name => typeof name === 'string')) return value
  throw new MigrationError('event.undecodable', `the header ${headerNames.unchanged} is not a list of names`)
}

function texts(header: Buffer | null): ReadonlyMap<string, string | null> {
  const value = header === null ? {} : parse(header)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notTexts()
  const entries: (readonly [string, string | null])[] = Object.entries(value).map(([name, text]) => {
    if (typeof text !== 'string' && text !== null) throw notTexts()
    return [name, text]
  })
  return new Map(entries)
}

const notTexts = () =>
  new MigrationError('event.undecodable', `the header ${headerNames.text} is not an object of texts`)

function parse(header: Buffer): unknown {
  try {
    return JSON.parse(header.toString('utf8'))
  } catch (cause) {
    throw new MigrationError('event.undecodable', 'a header is not JSON', { cause })
  }
}
