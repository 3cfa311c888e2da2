import { MigrationError } from '../core/errors.ts'
import { isNullAt, optionalOf, skipType } from './avro-skip.ts'
import type { AvroType } from './avro-type.ts'
import type { Operation } from './change.ts'
import { byteAt } from './codecs/byte-at.ts'
import { readLong, skipBytes, skipLong } from './codecs/varint.ts'
import type { EnvelopeView } from './decoder.ts'
import type { RowReader } from './row-reader.ts'
import { sequenceReader } from './sequence-reader.ts'

/** Reads one field of the envelope at `position` into the view. Returns where the field ends. */
export type EnvelopeStep = (buffer: Buffer, position: number, view: EnvelopeView) => number

export function rowStep(which: 'before' | 'after', nullBranch: -1 | 0 | 1, reader: RowReader): EnvelopeStep {
  const prefix = nullBranch < 0 ? 0 : 1
  return (buffer, position, view) => {
    const present = !isNullAt(nullBranch, buffer, position)
    if (which === 'before') view.hasBefore = present
    else view.hasAfter = present
    if (present) return reader.read(buffer, position + prefix, view[which])
    view[which].starts.fill(-1)
    return position + 1
  }
}

/** Takes the commit time and the end of the transaction before from Debezium's source block. */
export function sourceStep(type: AvroType): EnvelopeStep {
  const record = optionalOf(type)
  if (record?.type.kind !== 'record' || record.nullBranch >= 0) return skipStep(type)
  const readSequence = sequenceReader()
  const steps = record.type.fields.map((field): EnvelopeStep => {
    const optional = optionalOf(field.type)
    if (field.name === 'ts_ms' && optional?.nullBranch === -1) return commitTimeStep
    if (field.name !== 'sequence' || optional === null) return skipStep(field.type)
    const { nullBranch } = optional
    return (buffer, position, view) => {
      if (isNullAt(nullBranch, buffer, position)) return position + 1
      const start = nullBranch < 0 ? position : position + 1
      view.previousCommit = readSequence(buffer, start)
      return skipBytes(buffer, start)
    }
  })
  return runAll(steps)
}

export function transactionStep(type: AvroType): EnvelopeStep {
  const optional = optionalOf(type)
  if (optional?.type.kind !== 'record') return skipStep(type)
  const run = runAll(
    optional.type.fields.map(field => (field.name === 'total_order' ? totalOrderStep : skipStep(field.type))),
  )
  const { nullBranch } = optional
  return (buffer, position, view) => {
    if (isNullAt(nullBranch, buffer, position)) return position + 1
    return run(buffer, nullBranch < 0 ? position : position + 1, view)
  }
}

export const operationStep: EnvelopeStep = (buffer, position, view) => {
  view.op = operationAt(buffer, position)
  return position + 2
}

/** The operation in the Avro string at `position`. */
export function operationAt(buffer: Buffer, position: number): Operation {
  return operationOf(byteAt(buffer, position) === 2 ? byteAt(buffer, position + 1) : 0)
}

const commitTimeStep: EnvelopeStep = (buffer, position, view) => {
  view.committedAtMs = readLong(buffer, position)
  return skipLong(buffer, position)
}

const totalOrderStep: EnvelopeStep = (buffer, position, view) => {
  view.totalOrder = readLong(buffer, position)
  return skipLong(buffer, position)
}

function skipStep(type: AvroType): EnvelopeStep {
  const skip = skipType(type)
  return (buffer, position) => skip(buffer, position)
}

function runAll(steps: readonly EnvelopeStep[]): EnvelopeStep {
  return (buffer, position, view) => {
    let next = position
    for (const step of steps) next = step(buffer, next, view)
    return next
  }
}

function operationOf(byte: number): Operation {
  switch (byte) {
    case 0x63:
      return 'c'
    case 0x64:
      return 'd'
    case 0x72:
      return 'r'
    case 0x74:
      return 't'
    case 0x75:
      return 'u'
    default:
      throw new MigrationError(
        'event.undecodable',
        'The operation of a change event is none of c, u, d, r and t',
      )
  }
}
