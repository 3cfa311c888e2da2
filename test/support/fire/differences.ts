import type { Client } from 'pg'
import { digests } from '../../../demo/shop/compare.ts'
import type { TableState } from '../../../schemas/state.ts'
import { StateReader } from '../../../schemas/stored-state.ts'
import { stateTopic } from '../../../schemas/topic-names.ts'
import { quoteIdentifier, quoteTable } from '../../../databases/postgres/quote.ts'
import type { Log } from '../../../kafka/log.ts'
import { type KeyTexts, rowHistory } from '../row-history.ts'

const shownRows = 3
const shownLines = 60

/** A migration with a connection to look at each side. */
export interface Compared {
  readonly name: string
  readonly log: Log
  readonly source: { readonly client: Client }
  readonly targets: readonly { readonly client: Client }[]
}

/** The tables that differ, with the first differing rows and their history in the topics; empty when all are equal. */
export async function differences(migration: Compared, schema: string): Promise<string> {
  const [target] = migration.targets
  if (target === undefined) return 'no target'
  const [ours, theirs] = await Promise.all([
    digests(migration.source.client, schema),
    digests(target.client, schema),
  ])
  const digestOf = new Map(theirs.map(table => [table.table, table]))
  const state = await new StateReader(migration.log, stateTopic(migration.name)).refresh(
    new AbortController().signal,
  )
  const found: string[] = []
  for (const { table, rows, digest } of ours) {
    const other = digestOf.get(table)
    if (other?.rows === rows && other.digest === digest) continue
    found.push(`${table}: ${rows} rows at the source, ${other?.rows} at the target`)
    const captured = [...state.tables.values()].find(
      ({ schema: known }) => quoteTable(known.table) === quoted(table),
    )
    if (captured !== undefined) found.push(...(await explained(migration, target.client, captured)))
  }
  return found.join('\n')
}

/** The digests name tables as `format('%I.%I')` does, which quotes only where it must. */
function quoted(table: string): string {
  return table
    .split('.')
    .map(part => (part.startsWith('"') ? part : quoteIdentifier(part)))
    .join('.')
}

async function explained(migration: Compared, target: Client, { schema, topic }: TableState) {
  const { table, key: names } = schema
  const rowsOf = (client: Client) => keyedRows(client, quoteTable(table), names)
  const [ours, theirs] = await Promise.all([rowsOf(migration.source.client), rowsOf(target)])
  const keys = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
    name => ours.get(name) !== theirs.get(name),
  )
  const lines = [`  ${keys.length} keys differ`]
  for (const name of keys.slice(0, shownRows)) {
    lines.push(`  ${name}`, `    source ${ours.get(name)}`, `    target ${theirs.get(name)}`)
    const wanted = names.length === 0 ? null : [JSON.parse(name) as KeyTexts] // made of the key's texts
    const history = await rowHistory(migration.log, topic, wanted)
    lines.push(...history.slice(-shownLines).map(line => `    ${line}`))
  }
  return lines
}

/** Rows as text by the texts of their key; without a key by themselves, with their number. */
async function keyedRows(
  client: Client,
  table: string,
  key: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const texts = key.map(name => `t.${quoteIdentifier(name)}::text`)
  const name = key.length === 0 ? 't::text' : `to_json(ARRAY[${texts.join(', ')}])::text`
  const { rows } = await client.query<{ name: string; row: string }>(
    `SELECT ${name} AS name, count(*) || ' ' || max(left(t::text, 300) || md5(t::text)) AS row FROM ${table} t GROUP BY 1`,
  )
  return new Map(rows.map(({ name: found, row }) => [found, row]))
}
