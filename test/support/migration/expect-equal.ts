import type { Client } from 'pg'
import { expect } from 'vitest'
import type { MigrationStatus } from '../../../control/migration-status.ts'
import { digests, type TableDigest } from '../../../demo/shop/compare.ts'

const shownRows = 10

/** All tables of a schema hold the same rows on both sides. Shows some of those that differ. */
export async function expectEqual(source: Client, target: Client, schema: string): Promise<void> {
  const [ours, theirs] = await Promise.all([digests(source, schema), digests(target, schema)])
  expect(ours.length, `tables in ${schema} of the source`).toBeGreaterThan(0)
  const different = ours.filter(table => !isIn(theirs, table))
  const shown = []
  for (const { table } of different) shown.push(await difference(source, target, table))
  expect(shown, 'rows that differ').toEqual([])
  expect(theirs).toEqual(ours)
}

function isIn(tables: readonly TableDigest[], { table, rows, digest }: TableDigest): boolean {
  return tables.some(other => other.table === table && other.rows === rows && other.digest === digest)
}

async function difference(source: Client, target: Client, table: string) {
  const [ours, theirs] = await Promise.all([rowsOf(source, table), rowsOf(target, table)])
  const missing = without(ours, theirs)
  const surplus = without(theirs, ours)
  return {
    table,
    rows: [ours.length, theirs.length],
    missing: [missing.length, ...missing.slice(0, shownRows)],
    surplus: [surplus.length, ...surplus.slice(0, shownRows)],
  }
}

async function rowsOf(client: Client, table: string): Promise<readonly string[]> {
  // The name comes quoted from the catalogue.
  const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${table} t`)
  return rows.map(({ row }) => row)
}

/** Bags: a row that is there twice has to be there twice. */
function without(rows: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1)
  return rows.filter(row => {
    const count = left.get(row) ?? 0
    left.set(row, count - 1)
    return count <= 0
  })
}

/** Every event has found its row. */
export function expectNothingParked({ targets }: MigrationStatus): void {
  expect(targets.filter(({ parked }) => parked > 0)).toEqual([])
}
