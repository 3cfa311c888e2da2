import type { Column, TableSchema } from '../../../schemas/table-schema.ts'
import { copiedColumns } from '../../../schemas/table-schema.ts'

/** A relation message: the shape of the rows that follow. */
export interface Relation {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** Of the table as pg_class has it; of the root for partitions. */
  readonly identity: string
  readonly columns: readonly RelationColumn[]
}
export interface RelationColumn {
  readonly name: string
  readonly isKey: boolean
  readonly type: number
  readonly modifier: number
}

/** Reads the body of a relation message, which begins at `position`. */
export function readRelation(buffer: Buffer, position: number): Relation {
  let at = position
  const text = () => {
    const end = buffer.indexOf(0, at)
    const value = buffer.toString('utf8', at, end)
    at = end + 1
    return value
  }
  const oid = buffer.readUInt32BE(at)
  at += 4
  const schema = text() || 'pg_catalog'
  const name = text()
  const identity = String.fromCharCode(buffer.readUInt8(at))
  const count = buffer.readInt16BE(at + 1)
  at += 3
  const columns = Array.from({ length: count }, () => {
    const isKey = (buffer.readUInt8(at++) & 1) === 1
    const column = {
      name: text(),
      isKey,
      type: buffer.readUInt32BE(at),
      modifier: buffer.readInt32BE(at + 4),
    }
    at += 8
    return column
  })
  return { oid, schema, name, identity, columns }
}

/** Whether rows of this shape are what the schema says. */
export function agrees(relation: Relation, schema: TableSchema): boolean {
  const columns = copiedColumns(schema)
  return (
    columns.length === relation.columns.length &&
    relation.columns.every((column, i) => sameColumn(column, columns[i])) &&
    sameKey(relation, schema)
  )
}

export function sameColumn(column: RelationColumn, known: Column | undefined): boolean {
  return (
    known?.name === column.name && known.type.oid === column.type && known.type.modifier === column.modifier
  )
}

function sameKey(relation: Relation, schema: TableSchema): boolean {
  if ((relation.identity === 'f') !== (schema.identity === 'full')) return false
  // With a full identity every column is marked, and the key is the primary key, which the log does not tell.
  // Without an identity nothing is marked, and only inserts are published.
  if (relation.identity === 'f' || relation.identity === 'n') return true
  const marked = relation.columns.filter(column => column.isKey).map(column => column.name)
  return marked.length === schema.key.length && marked.every(name => schema.key.includes(name))
}
