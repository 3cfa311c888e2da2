import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import { tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import { quoteIdentifier, quoteTable } from '../../../databases/postgres/quote.ts'
import { type BuiltObject, isNeverValidated } from './built-objects.ts'
import type { SecondaryObject } from './secondary-object.ts'

/**
 * Builds one object, or what is missing of it. Each statement takes effect as a whole or not at all, and none is needed twice.
 * A constraint is added first and validated then, under a lock that lets the sink go on writing. Throws
 * `target.constraint_refused` when rows or the definition do not allow it, and `postgres.*`.
 */
export async function buildObject(
  client: Client,
  object: SecondaryObject,
  built: BuiltObject | null,
): Promise<void> {
  switch (object.kind) {
    case 'primary-key':
    case 'index':
    case 'unique':
    case 'exclusion':
      await attempt(client, object, object.create)
      return
    case 'check':
    case 'foreign-key': {
      const asItIs = isNeverValidated(object.definition)
      if (built === null) {
        const whole = asItIs || (await mustBeWhole(client, object))
        await attempt(client, object, whole ? object.create : `${object.create} NOT VALID`)
      }
      // Of one that is valid already this asks nothing.
      if (!asItIs) await attempt(client, object, validation(object, built?.name ?? object.name))
    }
  }
}

// Version 18 was the first to add foreign keys of partitioned tables without looking at the rows.
const partitioned = `
SELECT FROM pg_catalog.pg_class
WHERE oid = $1::regclass AND relkind = 'p' AND pg_catalog.current_setting('server_version_num')::int < 180000`

async function mustBeWhole(client: Client, { kind, table }: SecondaryObject): Promise<boolean> {
  if (kind !== 'foreign-key') return false
  const doing = 'look whether a table is partitioned'
  return (await query(client, doing, partitioned, [quoteTable(table)])).length > 0
}

function validation({ table }: SecondaryObject, name: string): string {
  return `ALTER TABLE ${quoteTable(table)} VALIDATE CONSTRAINT ${quoteIdentifier(name)}`
}

async function attempt(client: Client, object: SecondaryObject, sql: string): Promise<void> {
  const what = describeObject(object)
  try {
    await query(client, `build ${what}`, sql)
  } catch (error) {
    if (!(error instanceof MigrationError) || !isRefusal(error)) throw error
    throw new MigrationError('target.constraint_refused', error.message, {
      details: { ...error.details, table: tableId(object.table), object: object.name, kind: object.kind },
    })
  }
}

/** Everything that trying again at once will not change, but that rows or an operator can. */
function isRefusal({ code }: MigrationError): boolean {
  return code === 'postgres.row_refused' || code === 'postgres.failed' || code === 'postgres.denied'
}

/** `unique "orders_number_key" of public.orders` */
export function describeObject({ kind, name, table }: SecondaryObject): string {
  return `${kind.replace('-', ' ')} ${quoteIdentifier(name)} of ${tableId(table)}`
}
