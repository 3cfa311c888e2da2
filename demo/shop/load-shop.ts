import { readFile } from 'node:fs/promises'
import type { Client } from 'pg'

/** Makes the shop and fills it with about `rows` rows. */
export async function loadShop(client: Client, rows: number): Promise<void> {
  await createShop(client)
  await fillShop(client, rows)
}

/** Makes the shop's tables, empty. */
export async function createShop(client: Client): Promise<void> {
  await client.query(await sql('schema.sql'))
}

/** Fills an empty shop with about `rows` rows. */
export async function fillShop(client: Client, rows: number): Promise<void> {
  await client.query((await sql('load.sql')).replaceAll('$rows', String(rows)))
}

async function sql(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8')
}
