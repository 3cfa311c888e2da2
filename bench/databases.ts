import { Client } from 'pg'
import { Cleanup } from '../core/cleanup.ts'
import { createDatabase, databaseUrl, withClient } from '../stack/postgres/connection.ts'
import type { BenchServers } from './servers.ts'
import type { Workload } from './workloads/workload.ts'

/** A filled source and an empty target of one measurement, with a connection to look at each. */
export interface Sides {
  readonly workload: Workload
  /** The name of both databases. */
  readonly database: string
  readonly source: Client
  readonly target: Client
  readonly tables: readonly BenchedTable[]
  readonly rows: number
}

export interface BenchedTable {
  /** Quoted, with its schema. */
  readonly name: string
  readonly rows: number
}

const listTables = `
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind = 'r'
ORDER BY 1`

/** Keeps each filled source as a template: a copy of the files gives every measurement the same beginning. */
export class Databases {
  readonly #servers: BenchServers
  readonly #templates = new Map<Workload, Map<number, string>>()
  #made = 0

  constructor(servers: BenchServers) {
    this.#servers = servers
  }

  /** Databases of their own while `work` runs. `rows`: of orders_lines; the workload knows what it makes of it. */
  async withSides<T>(workload: Workload, rows: number, work: (sides: Sides) => Promise<T>): Promise<T> {
    const template = await this.#template(workload, rows)
    const { source, target } = this.#servers
    const database = `bench_${++this.#made}`
    const cleanup = new Cleanup()
    try {
      await withClient(source.url, client =>
        client.query(`CREATE DATABASE ${database} TEMPLATE ${template} STRATEGY file_copy`),
      )
      cleanup.add(() => dropDatabase(source.url, database))
      await createDatabase(target, database)
      cleanup.add(() => dropDatabase(target.url, database))
      await withClient(target.url, client => client.query('CHECKPOINT'))
      const sides = {
        workload,
        database,
        source: await open(databaseUrl(source, database), cleanup),
        target: await open(databaseUrl(target, database), cleanup),
      }
      const tables = await countedTables(sides.source, workload.schema)
      return await work({ ...sides, tables, rows: tables.reduce((sum, table) => sum + table.rows, 0) })
    } finally {
      await cleanup.run()
    }
  }

  async #template(workload: Workload, rows: number): Promise<string> {
    const made = this.#templates.get(workload) ?? new Map<number, string>()
    this.#templates.set(workload, made)
    const known = made.get(rows)
    if (known !== undefined) return known
    const name = `template_${++this.#made}`
    await withClient(await createDatabase(this.#servers.source, name), async client => {
      await workload.create(client)
      await workload.fill(client, rows)
      await client.query('VACUUM ANALYZE')
    })
    made.set(rows, name)
    return name
  }
}

async function countedTables(source: Client, schema: string): Promise<readonly BenchedTable[]> {
  const { rows: tables } = await source.query<{ name: string }>(listTables, [schema])
  const counted: BenchedTable[] = []
  for (const { name } of tables) {
    const { rows } = await source.query<{ count: string }>(`SELECT count(*) FROM ${name}`)
    counted.push({ name, rows: Number(rows[0]?.count) })
  }
  return counted
}

async function open(url: string, cleanup: Cleanup): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'bench' })
  client.on('error', () => undefined)
  await client.connect()
  cleanup.add(() => client.end())
  return client
}

async function dropDatabase(url: string, name: string): Promise<void> {
  await withClient(url, client => client.query(`DROP DATABASE ${name} WITH (FORCE)`))
}
