import { MigrationError } from '../core/errors.ts'
import { optionalOf, skipType } from './avro-skip.ts'
import { type AvroField, type AvroType, parseAvroType } from './avro-type.ts'
import type { ChangeDecoder, CopyRow, EnvelopeView } from './decoder.ts'
import { type EnvelopeStep, operationStep, rowStep, sourceStep, transactionStep } from './envelope-steps.ts'
import { compiledCopyRow, plainCopyRow } from './copy-row.ts'
import {
  compiledEnvelopeReader,
  type EnvelopeField,
  type EnvelopeReader,
  plainEnvelopeReader,
} from './envelope-reader.ts'
import { mayGenerate } from './generated-code.ts'
import { type RowReader, rowReader, rowSpans } from './row-reader.ts'

/** A view for envelopes of rows with that many columns. */
export function envelopeView(columns: number): EnvelopeView {
  return {
    op: 'r',
    hasBefore: false,
    hasAfter: false,
    before: rowSpans(columns),
    after: rowSpans(columns),
    previousCommit: -1n,
    totalOrder: 0,
    committedAtMs: 0,
  }
}

/**
 * Makes the reader of all envelopes that `schema` wrote: the parsed JSON of the writer's Avro schema, ours or Debezium's.
 * Compiled, or plain where code may not be generated. Throws `event.undecodable` if it is not the schema of a change event.
 */
export function changeDecoder(schema: unknown): ChangeDecoder {
  return mayGenerate()
    ? decoderOf(schema, { reader: compiledEnvelopeReader, copyRow: compiledCopyRow })
    : plainChangeDecoder(schema)
}

/** What the compiled decoder must be equal to. */
export function plainChangeDecoder(schema: unknown): ChangeDecoder {
  return decoderOf(schema, { reader: plainEnvelopeReader, copyRow: plainCopyRow })
}

interface DecoderParts {
  readonly reader: (fields: readonly EnvelopeField[], rows: RowReader) => EnvelopeReader
  readonly copyRow: (rows: RowReader, columns: readonly number[]) => CopyRow
}

function decoderOf(schema: unknown, parts: DecoderParts): ChangeDecoder {
  const { fullName, fields, rows } = envelopeLayout(schema)
  const read = parts.reader(fields, rows)
  return {
    columns: rows.columns,
    read(buffer, start, end, view) {
      view.previousCommit = -1n
      view.totalOrder = 0
      if (read(buffer, start, view) !== end)
        throw notAnEnvelope(`${fullName}: the record does not end where it should`)
    },
    text: (column, buffer, start, out) => rows.text(column, buffer, start, out),
    isNull: (column, buffer, start) => rows.isNull(column, buffer, start),
    copyRow: columns => parts.copyRow(rows, columns),
    isUnavailable: (column, buffer, start, end) => rows.isUnavailable(column, buffer, start, end),
  }
}

/** The fields of an envelope, and the reader of its rows. Throws `event.undecodable`. */
export function envelopeLayout(schema: unknown) {
  const envelope = parseAvroType(schema)
  if (envelope.kind !== 'record') throw notAnEnvelope('its schema is no record')
  const rows = rowReader(rowType(envelope.fields))
  const fields = envelope.fields.map(field => ({ field, read: stepOf(field, rows) }))
  return { fullName: envelope.fullName, fields, rows }
}

function stepOf(field: AvroField, reader: RowReader): EnvelopeStep {
  const optional = optionalOf(field.type)
  switch (field.name) {
    case 'before':
    case 'after':
      return rowStep(field.name, optional?.nullBranch ?? -1, reader)
    case 'source':
      return sourceStep(field.type)
    case 'transaction':
      return transactionStep(field.type)
    case 'op':
      return operationStep
    default: {
      const skip = skipType(field.type)
      return (buffer, position) => skip(buffer, position)
    }
  }
}

type RecordType = Extract<AvroType, { kind: 'record' }>

function rowType(fields: readonly AvroField[]): RecordType {
  const names = fields.map(field => field.name)
  const after = fields.find(field => field.name === 'after')
  const type = after === undefined ? null : (optionalOf(after.type)?.type ?? null)
  if (
    type?.kind === 'record' &&
    names.includes('before') &&
    names.includes('op') &&
    names.includes('source')
  ) {
    return type
  }
  throw notAnEnvelope(`its schema has the fields ${names.join(', ')}`)
}

function notAnEnvelope(reason: string): MigrationError {
  return new MigrationError('event.undecodable', `Not a change event: ${reason}`)
}
