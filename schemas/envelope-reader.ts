import { type Optional, optionalOf, skipType } from './avro-skip.ts'
import type { AvroField, AvroPrimitive, AvroType } from './avro-type.ts'
import { readLong, skipBytes } from './codecs/varint.ts'
import type { EnvelopeView } from './decoder.ts'
import { type EnvelopeStep, operationAt } from './envelope-steps.ts'
import { compile, inComment, inGroups } from './generated-code.ts'
import { columnComment, type ColumnReader, type RowReader } from './row-reader.ts'
import { sequenceReader } from './sequence-reader.ts'

/** Reads the envelope at `position` into the view. Returns where it ends, which only the caller can judge. */
export type EnvelopeReader = (buffer: Buffer, position: number, view: EnvelopeView) => number

/** A field of the envelope, and the plain way to read it. */
export interface EnvelopeField {
  readonly field: AvroField
  readonly read: EnvelopeStep
}

export function plainEnvelopeReader(fields: readonly EnvelopeField[]): EnvelopeReader {
  return (buffer, start, view) => {
    let position = start
    for (const step of fields) position = step.read(buffer, position, view)
    return position
  }
}

/** Walks over all fields in one piece. It takes nothing that the plain reader refuses, and reads the same of what it takes. */
export function compiledEnvelopeReader(fields: readonly EnvelopeField[], rows: RowReader): EnvelopeReader {
  const skips: unknown[] = []
  const source = envelopeReaderSource(fields, rows.columns, type => skips.push(skipType(type)) - 1)
  const parts = {
    steps: fields.map(field => field.read),
    skips,
    skipBytes,
    readLong,
    operationAt,
    readSequence: sequenceReader(),
  }
  // The source below is a function of this type.
  return compile(source, parts) as EnvelopeReader
}

/** The source of the compiled reader. `skipper` keeps the plain way over a type and returns its number. */
export function envelopeReaderSource(
  fields: readonly EnvelopeField[],
  columns: readonly ColumnReader[],
  skipper: (type: AvroType) => number,
): string {
  const groups = inGroups(columns.map((column, i) => columnSource(column, i, skipper)))
  const nested = groups.reduce(
    (inner, _, group) => `readRow${group}(buffer, ${inner}, starts, ends)`,
    'position',
  )
  return [
    `const beyond = ${Number.MAX_SAFE_INTEGER}`,
    ...groups.map(groupSource),
    `function readRow(buffer, position, { starts, ends }) {\n  return ${nested}\n}\n`,
    'return function readEnvelope(buffer, position, view) {',
    '  let at = position',
    '  let byte = 0',
    ...fields.map(({ field }, i) => `\n  // ${inComment(field.name)}\n${fieldSource(field, i, skipper)}`),
    '  return at',
    '}\n',
  ].join('\n')
}

function groupSource(columns: readonly string[], group: number): string {
  return `function readRow${group}(buffer, position, starts, ends) {
  let at = position
  let byte = 0
${columns.join('\n')}
  return at
}
`
}

type Skipper = (type: AvroType) => number

function columnSource(column: ColumnReader, i: number, skipper: Skipper): string {
  const skip = skipSource(column.type, skipper)
  return `
  // ${columnComment(column)}
  starts[${i}] = at
${optionalSource(column.nullBranch, skip)}
  ends[${i}] = at`
}

/** A branch that is neither of the two ends the walk: the record's end is not where it should be. */
function optionalSource(nullBranch: -1 | 0 | 1, value: string): string {
  if (nullBranch < 0) return value
  return `  byte = buffer[at++]
  if (byte === ${2 - nullBranch * 2}) {
${value}
  } else if (byte !== ${nullBranch * 2}) return beyond`
}

function skipSource(type: AvroType, skipper: Skipper): string {
  const optional = optionalOf(type)
  if (optional !== null && optional.nullBranch >= 0) {
    return optionalSource(optional.nullBranch, skipSource(optional.type, skipper))
  }
  const quick = type.kind === 'primitive' ? quickSkips[type.type] : undefined
  return quick ?? `  at = skips[${skipper(type)}](buffer, at)`
}

const skipLong = '  while (buffer[at++] > 127);'
const skipText = `  byte = buffer[at]
  at = (byte & 129) === 0 ? at + 1 + (byte >> 1) : skipBytes(buffer, at)`
const quickSkips: Readonly<Partial<Record<AvroPrimitive, string>>> = {
  int: skipLong,
  long: skipLong,
  enum: skipLong,
  string: skipText,
  bytes: skipText,
  boolean: '  at += 1',
}

function fieldSource(field: AvroField, i: number, skipper: Skipper): string {
  const optional = optionalOf(field.type)
  const plain = `  at = steps[${i}](buffer, at, view)`
  switch (field.name) {
    case 'before':
    case 'after':
      return optional === null || optional.nullBranch < 0 ? plain : rowSource(field.name, optional.nullBranch)
    case 'source':
      return optional?.type.kind === 'record' && optional.nullBranch < 0
        ? blockSource(optional, skipper, sourceBlockField)
        : plain
    case 'transaction':
      return optional?.type.kind === 'record' ? blockSource(optional, skipper, transactionField) : plain
    case 'op':
      return '  view.op = operationAt(buffer, at)\n  at += 2'
    default:
      return skipSource(field.type, skipper)
  }
}

function rowSource(which: 'before' | 'after', nullBranch: -1 | 0 | 1): string {
  const has = which === 'before' ? 'hasBefore' : 'hasAfter'
  return `  byte = buffer[at++]
  if (byte === ${nullBranch * 2}) {
    view.${has} = false
    if (view.${which}.starts[0] !== -1) view.${which}.starts.fill(-1)
  } else if (byte === ${2 - nullBranch * 2}) {
    view.${has} = true
    at = readRow(buffer, at, view.${which})
  } else return beyond`
}

/** The source that reads a field into the view; null for the fields that are only walked over. */
type NamedField = (field: AvroField, skip: string) => string | null

function blockSource({ type, nullBranch }: Optional, skipper: Skipper, named: NamedField): string {
  const fields = type.kind === 'record' ? type.fields : []
  const lines = fields.map(field => {
    const skip = skipSource(field.type, skipper)
    return `  // ${inComment(field.name)}\n${named(field, skip) ?? skip}`
  })
  return optionalSource(nullBranch, lines.join('\n'))
}

function sourceBlockField(field: AvroField, skip: string): string | null {
  const optional = optionalOf(field.type)
  if (field.name === 'ts_ms' && optional?.nullBranch === -1) {
    return `  view.committedAtMs = readLong(buffer, at)\n${skip}`
  }
  if (field.name !== 'sequence' || optional === null) return null
  const read = '  view.previousCommit = readSequence(buffer, at)'
  return optionalSource(optional.nullBranch, `${read}\n  at = skipBytes(buffer, at)`)
}

function transactionField(field: AvroField, skip: string): string | null {
  return field.name === 'total_order' ? `  view.totalOrder = readLong(buffer, at)\n${skip}` : null
}
