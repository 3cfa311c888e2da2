import { quoteIdentifier } from '../../../databases/postgres/quote.ts'
import type { SchemaObject } from '../../../schemas/table-schema.ts'
import type { ColumnFacts } from './column-facts.ts'
import type { SequenceFacts } from './sequence-facts.ts'
import type { TableFacts } from './table-facts.ts'
import { type TypeFacts, typeKey } from './type-facts.ts'

/** What must exist before the table can be created, each after what it leans on. */
export function requiredObjects(
  table: TableFacts,
  columns: readonly ColumnFacts[],
  sequences: readonly SequenceFacts[],
  types: ReadonlyMap<string, TypeFacts>,
): readonly SchemaObject[] {
  const used = typesInOrder(columns, types)
  const made = used.flatMap(type => typeObject(type))
  const schemas = new Set([
    table.schema,
    ...used.filter(type => type.create !== null || type.extension !== null).map(type => type.schema),
    ...sequences.map(sequence => sequence.schema),
  ])
  const extensions = new Map(
    used.flatMap(type => (type.extension === null ? [] : [[type.extension, type.schema]])),
  )
  return [
    ...Array.from(schemas, schemaObject),
    ...Array.from(extensions, ([name, schema]) => extensionObject(name, schema)),
    ...made,
    ...sequences.map(({ name, create }) => ({ kind: 'sequence' as const, name, create })),
  ]
}

function schemaObject(schema: string): SchemaObject {
  const name = quoteIdentifier(schema)
  return { kind: 'schema', name, create: `CREATE SCHEMA IF NOT EXISTS ${name}` }
}

function extensionObject(extension: string, schema: string): SchemaObject {
  const name = quoteIdentifier(extension)
  const place = schema === 'pg_catalog' ? '' : ` SCHEMA ${quoteIdentifier(schema)}`
  return { kind: 'extension', name, create: `CREATE EXTENSION IF NOT EXISTS ${name}${place}` }
}

const kinds = { e: 'enum', d: 'domain', c: 'composite', r: 'range' } as const

function typeObject(type: TypeFacts): SchemaObject[] {
  if (type.create === null || type.kind === 'b' || type.kind === 'm' || type.kind === 'p') return []
  const name = `${quoteIdentifier(type.schema)}.${quoteIdentifier(type.name)}`
  return [{ kind: kinds[type.kind], name, create: type.create }]
}

/** The types of the columns and their parts, parts first, each type once. */
function typesInOrder(
  columns: readonly ColumnFacts[],
  types: ReadonlyMap<string, TypeFacts>,
): readonly TypeFacts[] {
  const seen = new Set<number>()
  const ordered: TypeFacts[] = []
  const visit = (oid: number, modifier: number): void => {
    const type = types.get(typeKey(oid, modifier))
    if (type === undefined || seen.has(oid)) return
    seen.add(oid)
    for (const part of type.parts) visit(part.oid, part.modifier)
    ordered.push(type)
  }
  for (const column of columns) visit(column.type, column.modifier)
  return ordered
}
