import type { RecordHeader } from '../kafka/record-headers.ts'
import { valueAvroSchema } from './avro-schemas.ts'
import { changeDecoder, envelopeView } from './change-decoder.ts'
import type { ChangeDecoder, EnvelopeView, RowSpans } from './decoder.ts'
import { frameBytes } from './frame.ts'
import { headerNames } from './encoder.ts'
import type { EncodedValue, RowOverlay } from './overlay.ts'
import { textObject } from './row-extras.ts'
import type { TableSchema } from './table-schema.ts'

/** Lays rows of this version of a table over each other, as `changeEncoder` wrote them. Compiled when it is first needed. */
export function rowOverlay(schema: TableSchema, topic: string): RowOverlay {
  let parts: OverlayParts | null = null
  return (older, newer) => {
    parts ??= overlayParts(schema, topic)
    return overlay(parts, older, newer)
  }
}

interface OverlayParts {
  readonly decoder: ChangeDecoder
  readonly older: EnvelopeView
  readonly newer: EnvelopeView
}

function overlayParts(schema: TableSchema, topic: string): OverlayParts {
  const decoder = changeDecoder(valueAvroSchema(schema, topic))
  const count = decoder.columns.length
  return { decoder, older: envelopeView(count), newer: envelopeView(count) }
}

/** The older envelope with other fields in the middle: they lie one behind the other. */
function overlay(parts: OverlayParts, older: EncodedValue, newer: EncodedValue): EncodedValue {
  const { decoder } = parts
  decoder.read(older.value, frameBytes, older.value.length, parts.older)
  decoder.read(newer.value, frameBytes, newer.value.length, parts.newer)
  const absent = unchangedIn(newer)
  const from = parts.older.after
  const over = parts.newer.after
  const first = from.starts[0] ?? 0
  const pieces: Buffer[] = [older.value.subarray(0, first)]
  decoder.columns.forEach(({ name }, column) =>
    pieces.push(absent.has(name) ? field(older.value, from, column) : field(newer.value, over, column)),
  )
  pieces.push(older.value.subarray(from.ends[decoder.columns.length - 1]))
  return { value: Buffer.concat(pieces), headers: mergedHeaders(older, newer, absent) }
}

function field(value: Buffer, spans: RowSpans, column: number): Buffer {
  return value.subarray(spans.starts[column], spans.ends[column])
}

function mergedHeaders(
  older: EncodedValue,
  newer: EncodedValue,
  absent: ReadonlySet<string>,
): readonly RecordHeader[] | null {
  const headers = (older.headers ?? []).filter(
    ([name]) => name !== headerNames.text && name !== headerNames.unchanged,
  )
  const texts = [
    ...textsIn(older).filter(([column]) => absent.has(column)),
    ...textsIn(newer).filter(([column]) => !absent.has(column)),
  ]
  if (texts.length > 0) headers.push([headerNames.text, Buffer.from(textObject(texts))])
  const missing = [...unchangedIn(older)].filter(column => absent.has(column))
  if (missing.length > 0) headers.push([headerNames.unchanged, Buffer.from(JSON.stringify(missing))])
  return headers.length === 0 ? null : headers
}

/** Both headers are JSON that our encoder wrote. */
function unchangedIn(value: EncodedValue): ReadonlySet<string> {
  const header = headerOf(value, headerNames.unchanged)
  return new Set(header === null ? [] : (JSON.parse(header) as string[]))
}

function textsIn(value: EncodedValue): [string, string | null][] {
  const header = headerOf(value, headerNames.text)
  return header === null ? [] : Object.entries(JSON.parse(header) as Record<string, string | null>)
}

function headerOf(value: EncodedValue, name: string): string | null {
  return value.headers?.find(header => header[0] === name)?.[1]?.toString() ?? null
}
