import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import { type TableRef, tableId } from '../../../core/table-ref.ts'
import type { IdentityColumn } from '../../../schemas/identity-column.ts'
import type { SchemaObject, TableSchema } from '../../../schemas/table-schema.ts'
import { inCatalogSnapshot } from './catalog-session.ts'
import { type ColumnFacts, readColumnFacts } from './column-facts.ts'
import { columnType } from './column-type-tree.ts'
import { type ConstraintFacts, readConstraintFacts } from './constraint-facts.ts'
import { keyColumns, replicaIdentity } from './replica-identity.ts'
import { requiredObjects } from './required-objects.ts'
import { readSequenceFacts, type SequenceFacts } from './sequence-facts.ts'
import { readTableFacts, type TableFacts } from './table-facts.ts'
import { readTypeFacts, type TypeFacts, typeKey } from './type-facts.ts'

/**
 * All that is known of the tables, in the order given, in a handful of queries however many they are. Throws
 * `source.table_missing` for one that does not exist. The client must not be in a transaction.
 */
export async function describeTables(
  client: Client,
  tables: readonly TableRef[],
): Promise<readonly TableSchema[]> {
  return inCatalogSnapshot(client, async () => {
    const facts = new Map((await readTableFacts(client, tables)).map(table => [tableId(table), table]))
    const wanted = tables.map(table => existing(facts, table))
    const oids = wanted.map(table => table.oid)
    const columns = await readColumnFacts(client, oids)
    const details: Details = {
      columns,
      types: new Map(
        (await readTypeFacts(client, columns)).map(type => [typeKey(type.oid, type.modifier), type]),
      ),
      sequences: await readSequenceFacts(client, oids),
      constraints: await readConstraintFacts(client, oids),
    }
    return wanted.map(table => tableSchema(table, details))
  })
}

interface Details {
  readonly columns: readonly ColumnFacts[]
  readonly types: ReadonlyMap<string, TypeFacts>
  readonly sequences: readonly SequenceFacts[]
  readonly constraints: readonly ConstraintFacts[]
}

function existing(facts: ReadonlyMap<string, TableFacts>, table: TableRef): TableFacts {
  const found = facts.get(tableId(table))
  if (found !== undefined) return found
  throw new MigrationError('source.table_missing', `table ${tableId(table)} does not exist`)
}

function tableSchema(table: TableFacts, details: Details): TableSchema {
  const ofTable = (fact: { readonly table: number }) => fact.table === table.oid
  const columns = details.columns.filter(ofTable)
  const constraints = details.constraints.filter(ofTable).map(schemaObject)
  return {
    table: { schema: table.schema, name: table.name },
    id: String(table.oid),
    columns: columns.map(column => columnSchema(column, details.types)),
    key: keyColumns(table),
    identity: replicaIdentity(table),
    requires: requiredObjects(table, columns, details.sequences.filter(ofTable), details.types),
    primaryKey: constraints.find(constraint => constraint.kind === 'primary-key') ?? null,
    secondary: constraints.filter(constraint => constraint.kind !== 'primary-key'),
  }
}

function schemaObject({ kind, name, create }: ConstraintFacts): SchemaObject {
  return { kind, name, create }
}

const identities = { a: 'always', d: 'by-default', '': null } as const

function columnSchema(column: ColumnFacts, types: ReadonlyMap<string, TypeFacts>): IdentityColumn {
  const isGenerated = column.generated !== ''
  const { name, number, nullable, missingValue, collation, identityOptions } = column
  return {
    name,
    type: columnType(types, { oid: column.type, modifier: column.modifier, dimensions: column.dimensions }),
    nullable,
    default: isGenerated ? null : column.expression,
    missingValue,
    identity: identities[column.identity],
    ...(identityOptions === '' ? {} : { identityOptions }),
    generated: isGenerated ? column.expression : null,
    collation,
    number,
  }
}
