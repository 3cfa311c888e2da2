import type { Client } from 'pg'
import type { Finding } from '../../../core/finding.ts'
import { findObjects } from '../ddl/found-objects.ts'
import { requiredDifference } from '../ddl/required-difference.ts'
import { ddlTransaction } from '../ddl/ddl-transaction.ts'
import { compareTable } from './compare-table.ts'
import { missingTable } from './missing-table.ts'
import { readTargetTables } from './read-target-tables.ts'
import type { WantedTable } from './target-table.ts'

/** Everything that keeps the target from taking these tables, whether they exist or have to be made. Only reads. */
export async function checkTables(
  client: Client,
  migration: string,
  tables: readonly WantedTable[],
): Promise<readonly Finding[]> {
  return ddlTransaction(client, 'look', async () => {
    const targets = await readTargetTables(client, migration, tables)
    const findings: Finding[] = []
    const missing: WantedTable[] = []
    for (const [index, wanted] of tables.entries()) {
      const target = targets[index] ?? null
      if (target === null) missing.push(wanted)
      else findings.push(...compareTable(wanted.schema, target))
    }
    return [...findings, ...missing.flatMap(missingTable), ...(await checkRequired(client, missing))]
  })
}

/** Looks at what missing tables lean on; many lean on the same. */
async function checkRequired(client: Client, tables: readonly WantedTable[]): Promise<readonly Finding[]> {
  const all = tables.flatMap(({ schema }) => schema.requires)
  const distinct = new Map(
    all.map(object => [JSON.stringify([object.kind, object.name, object.create]), object]),
  )
  const found = await findObjects(client, [...distinct.values()])
  return found.flatMap(object => requiredDifference(object) ?? [])
}
