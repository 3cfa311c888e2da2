import { MigrationError } from '../core/errors.ts'
import { optionalOf, skipType } from './avro-skip.ts'
import { type AvroField, type AvroType, parseAvroType } from './avro-type.ts'
import type { ChangeDecoder, EnvelopeView } from './decoder.ts'
import { type EnvelopeStep, operationStep, rowStep, sourceStep, transactionStep } from './envelope-steps.ts'
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
 * Compiles the reader of all envelopes that `schema` wrote: the parsed JSON of the writer's Avro schema, ours or Debezium's.
 * Throws `event.undecodable` if it is not the schema of a change event.
 */
export function changeDecoder(schema: unknown): ChangeDecoder {
  const envelope = parseAvroType(schema)
  if (envelope.kind !== 'record') throw notAnEnvelope('its schema is no record')
  const reader = rowReader(rowType(envelope.fields))
  const steps = envelope.fields.map(field => stepOf(field, reader))
  return {
    columns: reader.columns,
    read(buffer, start, end, view) {
      view.previousCommit = -1n
      view.totalOrder = 0
      let position = start
      for (const step of steps) position = step(buffer, position, view)
      if (position !== end)
        throw notAnEnvelope(`${envelope.fullName}: the record does not end where it should`)
    },
    // oxlint-disable-next-line max-params -- the contract saves an object per value
    text: (column, buffer, start, _end, out) => reader.text(column, buffer, start, out),
    isNull: (column, buffer, start) => reader.isNull(column, buffer, start),
    isUnavailable: (column, buffer, start, end) => reader.isUnavailable(column, buffer, start, end),
  }
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
