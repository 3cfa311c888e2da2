import type { PrimitiveKind } from '../primitive-kind.ts'
import type {
  AvroEnum,
  AvroField,
  AvroFixed,
  AvroNamed,
  AvroRecord,
  AvroType,
  AvroUnion,
} from './avro-type.ts'

/** One reason why data cannot be read. `type` and `path` as Confluent's registry reports them. */
export interface Mismatch {
  readonly type:
    | 'NAME_MISMATCH'
    | 'FIXED_SIZE_MISMATCH'
    | 'MISSING_ENUM_SYMBOLS'
    | 'READER_FIELD_MISSING_DEFAULT_VALUE'
    | 'TYPE_MISMATCH'
    | 'MISSING_UNION_BRANCH'
    | 'AMBIGUOUS_FIELD'
  /** Where in the reader's schema, as a JSON pointer. */
  readonly path: string
  readonly message: string
}

/** What a reader of the type takes beside its own. */
const promotions: Readonly<Record<PrimitiveKind, readonly string[]>> = {
  null: [],
  boolean: [],
  int: [],
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  bytes: ['string'],
  string: ['bytes'],
}

/** Why a reader with one schema cannot read all data that the other schema may write; empty when it can. */
export function unreadable(reader: AvroType, writer: AvroType): readonly Mismatch[] {
  return compare(reader, writer, '/', new Assumptions())
}

/**
 * Pairs of types that are taken to be readable: those under way, because a recursive type comes back to itself, and those
 * found readable. When a pair turns out not to be, all that was found since may rest on it and is forgotten.
 */
class Assumptions {
  readonly #pairs = new Map<AvroType, Set<AvroType>>()
  readonly #trail: (readonly [AvroType, AvroType])[] = []

  has(reader: AvroType, writer: AvroType): boolean {
    return this.#pairs.get(reader)?.has(writer) ?? false
  }

  assume(reader: AvroType, writer: AvroType): number {
    const writers = this.#pairs.get(reader) ?? new Set()
    this.#pairs.set(reader, writers.add(writer))
    return this.#trail.push([reader, writer]) - 1
  }

  forgetSince(mark: number): void {
    for (const [reader, writer] of this.#trail.splice(mark)) this.#pairs.get(reader)?.delete(writer)
  }
}

function compare(
  reader: AvroType,
  writer: AvroType,
  path: string,
  assumptions: Assumptions,
): readonly Mismatch[] {
  if (assumptions.has(reader, writer)) return []
  const mark = assumptions.assume(reader, writer)
  const mismatches = compareAnew(reader, writer, path, assumptions)
  if (mismatches.length > 0) assumptions.forgetSince(mark)
  return mismatches
}

function compareAnew(
  reader: AvroType,
  writer: AvroType,
  path: string,
  assumptions: Assumptions,
): readonly Mismatch[] {
  if (writer.kind === 'union') {
    return writer.branches.flatMap(branch => compare(reader, branch, path, assumptions))
  }
  switch (reader.kind) {
    case 'union':
      return inUnion(reader, writer, path, assumptions)
    case 'record':
    case 'error':
      if (writer.kind !== reader.kind) return [typeMismatch(reader, writer, path)]
      return records(reader, writer, path, assumptions)
    case 'enum':
      return writer.kind === 'enum' ? enums(reader, writer, path) : [typeMismatch(reader, writer, path)]
    case 'fixed':
      return writer.kind === 'fixed' ? fixeds(reader, writer, path) : [typeMismatch(reader, writer, path)]
    case 'array':
      if (writer.kind !== 'array') return [typeMismatch(reader, writer, path)]
      return compare(reader.items, writer.items, join(path, 'items'), assumptions)
    case 'map':
      if (writer.kind !== 'map') return [typeMismatch(reader, writer, path)]
      return compare(reader.values, writer.values, join(path, 'values'), assumptions)
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
      if (reader.kind === writer.kind || promotions[reader.kind].includes(writer.kind)) return []
      return [typeMismatch(reader, writer, path)]
  }
}

function inUnion(
  reader: AvroUnion,
  writer: AvroType,
  path: string,
  assumptions: Assumptions,
): readonly Mismatch[] {
  const readable = reader.branches.some(branch => compare(branch, writer, path, assumptions).length === 0)
  if (readable) return []
  return [
    {
      type: 'MISSING_UNION_BRANCH',
      path,
      message: `the reader's union lacks the writer's type ${nameOf(writer)}`,
    },
  ]
}

function records(
  reader: AvroRecord,
  writer: AvroRecord,
  path: string,
  assumptions: Assumptions,
): readonly Mismatch[] {
  const fields = reader.fields.flatMap((field, index) =>
    compareField(field, writer, join(path, `fields/${index}`), assumptions),
  )
  return [...sameName(reader, writer, path), ...fields]
}

function compareField(
  field: AvroField,
  writer: AvroRecord,
  path: string,
  assumptions: Assumptions,
): readonly Mismatch[] {
  const matching = writer.fields.filter(({ name }) => name === field.name || field.aliases.includes(name))
  const [written] = matching
  if (matching.length > 1) {
    const message = `the field '${field.name}' and its aliases match several fields of the writer's schema`
    return [{ type: 'AMBIGUOUS_FIELD', path, message }]
  }
  if (written !== undefined) return compare(field.type, written.type, join(path, 'type'), assumptions)
  if (field.default !== null) return []
  const message = `the field '${field.name}' has no default and is missing in the writer's schema`
  return [{ type: 'READER_FIELD_MISSING_DEFAULT_VALUE', path, message }]
}

function enums(reader: AvroEnum, writer: AvroEnum, path: string): readonly Mismatch[] {
  const names = sameName(reader, writer, path)
  const missing = writer.symbols.filter(symbol => !reader.symbols.includes(symbol))
  if (missing.length === 0 || reader.default !== null) return names
  const message = `the reader's enum lacks the writer's symbols ${missing.join(', ')}`
  return [...names, { type: 'MISSING_ENUM_SYMBOLS', path: join(path, 'symbols'), message }]
}

function fixeds(reader: AvroFixed, writer: AvroFixed, path: string): readonly Mismatch[] {
  const names = sameName(reader, writer, path)
  if (reader.size === writer.size) return names
  const message = `the reader expects ${reader.size} bytes, the writer has ${writer.size}`
  return [...names, { type: 'FIXED_SIZE_MISMATCH', path: join(path, 'size'), message }]
}

function sameName(reader: AvroNamed, writer: AvroNamed, path: string): readonly Mismatch[] {
  if (reader.name.full === writer.name.full) return []
  if (reader.aliases.some(alias => alias.full === writer.name.full)) return []
  const message = `the reader expects ${reader.name.full}, the writer has ${writer.name.full}`
  return [{ type: 'NAME_MISMATCH', path: join(path, 'name'), message }]
}

function typeMismatch(reader: AvroType, writer: AvroType, path: string): Mismatch {
  const message = `the reader's type ${nameOf(reader)} cannot take the writer's type ${nameOf(writer)}`
  return { type: 'TYPE_MISMATCH', path, message }
}

function nameOf(type: AvroType): string {
  return 'name' in type ? type.name.full : type.kind
}

function join(path: string, rest: string): string {
  return path === '/' ? `/${rest}` : `${path}/${rest}`
}
