import type { Client } from 'pg'
import { hostileNames } from './hostile-names.ts'

/** A schema of hostile names at the source of a migration. */
export interface HostileSchema {
  readonly name: string
  /** Quoted, with the schema. */
  readonly tables: {
    readonly keyed: string
    readonly composite: string
    readonly keyless: string
    readonly like: string
  }
  /** Quoted columns. */
  readonly columns: {
    readonly id: string
    readonly text: string
    readonly label: string
    readonly more: string
  }
  /** The enum, quoted. */
  readonly mood: string
  readonly labels: readonly string[]
}

const nameCount = 24

/** Makes tables, types, sequences, indexes and constraints, all with hostile names, and a table `victim` that somebody may try to drop. */
export async function makeHostileSchema(client: Client, seed: number): Promise<HostileSchema> {
  const names = hostileNames(nameCount, seed)
  const named = (index: number) => names[index % nameCount] ?? ''
  const id = (index: number) => client.escapeIdentifier(named(index))
  const text = (value: string) => client.escapeLiteral(value)
  const schema = id(0)
  const [keyed, composite, keyless] = [1, 2, 3].map(index => `${schema}.${id(index)}`) as [
    string,
    string,
    string,
  ]
  const like = `${schema}.${client.escapeIdentifier(likeness(named(1)))}`
  const columns = { id: id(4), text: id(5), label: id(6), more: id(7) }
  const [mood, domain, sequence] = [8, 9, 10].map(index => `${schema}.${id(index)}`) as [
    string,
    string,
    string,
  ]
  const labels = [11, 12, 13].map(named)
  await client.query(`CREATE TABLE victim (id int PRIMARY KEY); INSERT INTO victim VALUES (1)`)
  await client.query(`CREATE SCHEMA ${schema}`)
  await client.query(`CREATE TYPE ${mood} AS ENUM (${labels.map(text).join(', ')})`)
  await client.query(
    `CREATE DOMAIN ${domain} AS text CONSTRAINT ${id(14)} CHECK (VALUE <> ${text(`no ${named(15)}`)})`,
  )
  await client.query(`CREATE SEQUENCE ${sequence}`)
  await client.query(`CREATE TABLE ${keyed} (
    ${columns.id} bigint DEFAULT nextval(${text(sequence)}) CONSTRAINT ${id(16)} PRIMARY KEY,
    ${columns.text} text DEFAULT ${text(named(17))} CONSTRAINT ${id(18)} CHECK (${columns.text} <> ${text(`no ${named(19)}`)}),
    ${columns.label} ${mood} DEFAULT ${text(labels[0] ?? '')},
    ${columns.more} ${domain})`)
  await client.query(
    `CREATE INDEX ${id(20)} ON ${keyed} (md5(${columns.text})) WHERE ${columns.label} <> ${text(labels[1] ?? '')}`,
  )
  await client.query(`CREATE TABLE ${composite} (
    ${columns.text} text, ${columns.label} ${mood}, ${columns.id} int GENERATED ALWAYS AS IDENTITY, ${columns.more} bigint,
    CONSTRAINT ${id(21)} PRIMARY KEY (${columns.text}, ${columns.label}),
    CONSTRAINT ${id(22)} UNIQUE (${columns.id}),
    CONSTRAINT ${id(23)} FOREIGN KEY (${columns.more}) REFERENCES ${keyed})`)
  await client.query(
    `CREATE TABLE ${keyless} (${columns.text} text, ${columns.label} ${mood}[], ${columns.id} int)`,
  )
  await client.query(`ALTER TABLE ${keyless} REPLICA IDENTITY FULL`)
  await client.query(`CREATE TABLE ${like} (${columns.text} text PRIMARY KEY)`)
  return { name: named(0), tables: { keyed, composite, keyless, like }, columns, mood, labels }
}

/** Another name that differs by case only, if there are letters. */
function likeness(name: string): string {
  const [upper, lower] = [name.toUpperCase(), name.toLowerCase()]
  const other = upper === name ? lower : upper
  return other === name || Buffer.byteLength(other) > 63 ? 'like' : other
}
