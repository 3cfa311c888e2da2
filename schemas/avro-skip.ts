import type { AvroType } from './avro-type.ts'
import { arrayReader } from './codecs/array-reader.ts'
import { byteAt } from './codecs/byte-at.ts'
import { readLong, skipBytes, skipLong } from './codecs/varint.ts'

/** Where a value that begins at `position` ends. */
export type Skip = (buffer: Buffer, position: number) => number

/** Walks over values of any Avro type. */
export function skipType(type: AvroType): Skip {
  switch (type.kind) {
    case 'primitive':
      return primitiveSkips[type.type]
    case 'fixed':
      return (_, position) => position + type.size
    case 'union':
      return skipUnion(type.branches.map(skipType))
    case 'record':
      return skipAll(type.fields.map(field => skipType(field.type)))
    case 'array':
      return skipItems(skipType(type.items))
    case 'map':
      return skipItems(skipAll([skipBytes, skipType(type.items)]))
  }
}

const primitiveSkips = {
  null: (_: Buffer, position: number) => position,
  boolean: (_: Buffer, position: number) => position + 1,
  int: skipLong,
  long: skipLong,
  enum: skipLong,
  float: (_: Buffer, position: number) => position + 4,
  double: (_: Buffer, position: number) => position + 8,
  bytes: skipBytes,
  string: skipBytes,
} as const satisfies Record<string, Skip>

function skipUnion(branches: readonly Skip[]): Skip {
  return (buffer, position) => {
    const skip = branches[readLong(buffer, position)]
    // Beyond every buffer: the reader sees that the record does not end where it should.
    return skip === undefined ? Number.MAX_SAFE_INTEGER : skip(buffer, skipLong(buffer, position))
  }
}

function skipAll(parts: readonly Skip[]): Skip {
  return (buffer, position) => {
    let next = position
    for (const skip of parts) next = skip(buffer, next)
    return next
  }
}

function skipItems(skip: Skip): Skip {
  const reader = arrayReader({ skip, text: () => undefined }, -1)
  return (buffer, position) => reader.skip(buffer, position)
}

/** The union `["null", T]` in either order, or T alone. */
export interface Optional {
  readonly type: AvroType
  /** Which branch is null; -1: there is no union. */
  readonly nullBranch: -1 | 0 | 1
}

/** Takes the null out of a union of null and one other type. Null for every other union. */
export function optionalOf(type: AvroType): Optional | null {
  if (type.kind !== 'union') return { type, nullBranch: -1 }
  const [first, second, third] = type.branches
  if (first === undefined || second === undefined || third !== undefined) return null
  if (isNullType(first)) return { type: second, nullBranch: 0 }
  return isNullType(second) ? { type: first, nullBranch: 1 } : null
}

function isNullType(type: AvroType): boolean {
  return type.kind === 'primitive' && type.type === 'null'
}

/** Whether the optional value at `position` is null. */
export function isNullAt(nullBranch: -1 | 0 | 1, buffer: Buffer, position: number): boolean {
  return nullBranch >= 0 && byteAt(buffer, position) === nullBranch << 1
}
