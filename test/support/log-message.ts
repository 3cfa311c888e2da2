import type { Relation } from '../../connectors/postgres/stream/relation.ts'
import type { Fields } from './log-reader.ts'

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const uint64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
const letter = (text: string): Buffer => Buffer.from(text, 'latin1')
const cString = (text: string): Buffer => Buffer.from(`${text}\0`)

/** A frame of WAL data with one message of the plugin, as the server sends it in CopyData. */
export function walData(lsn: bigint, message: Buffer): Buffer {
  return Buffer.concat([letter('w'), uint64(lsn), uint64(lsn), uint64(0n), message])
}

/** A frame that says that the server lives, and wants no answer. */
export function keepalive(): Buffer {
  return Buffer.concat([letter('k'), uint64(0n), uint64(0n), Buffer.of(0)])
}

/** The message that begins a transaction. */
export function beginOf(commit: bigint, transactionId: number): Buffer {
  return Buffer.concat([letter('B'), uint64(commit), uint64(0n), uint32(transactionId)])
}

export function commitOf(commit: bigint, end: bigint): Buffer {
  return Buffer.concat([letter('C'), Buffer.of(0), uint64(commit), uint64(end), uint64(0n)])
}

/** A message of the application's own, of which we have no use. */
export function foreignMessage(bytes: number): Buffer {
  return Buffer.concat([letter('M'), Buffer.alloc(bytes)])
}

export function relationOf({ oid, schema, name, identity, columns }: Relation): Buffer {
  return Buffer.concat([
    letter('R'),
    uint32(oid),
    cString(schema),
    cString(name),
    letter(identity),
    int16(columns.length),
    ...columns.flatMap(({ name: column, isKey, type, modifier }) => [
      Buffer.of(isKey ? 1 : 0),
      cString(column),
      uint32(type),
      uint32(modifier >>> 0),
    ]),
  ])
}

export function insertOf(oid: number, row: Fields): Buffer {
  return Buffer.concat([letter('I'), uint32(oid), letter('N'), tupleOf(row)])
}

/** An update of a row of which the log knows the old one whole. */
export function updateOf(oid: number, before: Fields, after: Fields): Buffer {
  return Buffer.concat([letter('U'), uint32(oid), letter('O'), tupleOf(before), letter('N'), tupleOf(after)])
}

/** A row as the log has it: null is NULL, undefined is an unchanged value that it leaves out. */
export function tupleOf(row: Fields): Buffer {
  const fields = row.map(field => {
    if (field === undefined) return letter('u')
    if (field === null) return letter('n')
    const bytes = Buffer.from(field)
    return Buffer.concat([letter('t'), uint32(bytes.length), bytes])
  })
  return Buffer.concat([int16(row.length), ...fields])
}
