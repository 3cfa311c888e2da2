import { readFileSync } from 'node:fs'
import type { ConnectSchema } from '../../schemas/connect-schema.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import type { TextRow } from './text-row.ts'

const folder = new URL('../fixtures/debezium-3.6-postgres-15/', import.meta.url)

/** A record that a real Debezium wrote. Integers beyond a double are bigints. */
export interface FixtureEvent {
  readonly topic: string
  readonly keySchema: number | null
  readonly key: Readonly<Record<string, unknown>> | null
  readonly valueSchema: number | null
  readonly value: FixtureEnvelope | null
}

export interface FixtureEnvelope {
  readonly before: Readonly<Record<string, unknown>> | null
  readonly after: Readonly<Record<string, unknown>> | null
  readonly source: {
    readonly ts_us: number
    readonly snapshot: string
    readonly sequence: string
    readonly table: string
    readonly txId: number
    readonly lsn: number
  }
  readonly transaction: { readonly total_order: number; readonly data_collection_order: number } | null
  readonly op: 'c' | 'u' | 'd' | 't' | 'r'
  readonly ts_us: number
}

interface TextRows {
  readonly tables: Readonly<Record<string, TableSchema>>
  readonly events: readonly {
    readonly line: number
    readonly before: TextRow | null
    readonly after: TextRow | null
  }[]
}

export const fixtureEvents: readonly FixtureEvent[] = read('events.jsonl')
  .trim()
  .split('\n')
  .map(line => JSON.parse(keepLongs(line), (_, value) => longOf(value)))

export const fixtureSchemas: readonly ConnectSchema[] = JSON.parse(read('schemas.json'))

export const textRows: TextRows = JSON.parse(read('text-rows.json'))

export function fixtureTable(name: string): TableSchema {
  const table = textRows.tables[name]
  if (table === undefined) throw new Error(`no table ${name} in the fixture`)
  return table
}

function read(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8')
}

function keepLongs(json: string): string {
  return json.replace(/([:[,]\s*)(-?\d{16,})(?=\s*[,\]}])/g, '$1"long $2"')
}

function longOf(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('long ')) return value
  const long = BigInt(value.slice(5))
  return BigInt.asIntN(53, long) === long ? Number(long) : long
}
