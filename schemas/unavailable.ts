import { ByteWriter } from '../core/byte-writer.ts'
import { optionalOf } from './avro-skip.ts'
import type { AvroType } from './avro-type.ts'
import { writeLong } from './codecs/varint.ts'
import type { ConnectSchema } from './connect-schema.ts'

/** What Debezium writes in place of a value that the log did not carry. */
const unavailableText = '__debezium_unavailable_value'

/** The placeholder as Avro string or bytes; null for types that cannot hold it. */
export function unavailableBytes(schema: ConnectSchema): Buffer | null {
  if (schema.type !== 'string' && schema.type !== 'bytes') return null
  if (schema.type === 'bytes' && schema.name !== undefined) return null
  return placeholder
}

const placeholder = avroString(unavailableText)

/** The forms in which writers put the placeholder into a column of that type. */
export function placeholdersOf(type: AvroType): readonly Buffer[] {
  if (type.kind === 'array') {
    const element = optionalOf(type.items)
    const inner = element === null ? [] : placeholdersOf(element.type)
    return inner.map(bytes => arrayOfOne(bytes, element?.nullBranch ?? -1))
  }
  if (type.kind !== 'primitive') return []
  if (type.name === 'io.debezium.data.Json')
    return [placeholder, avroString(`{"${unavailableText}":"${unavailableText}"}`)]
  return type.type === 'string' || type.type === 'bytes' ? [placeholder] : []
}

function arrayOfOne(element: Buffer, nullBranch: -1 | 0 | 1): Buffer {
  const branch = nullBranch < 0 ? [] : [2 - nullBranch * 2]
  return Buffer.concat([Buffer.from([2, ...branch]), element, Buffer.from([0])])
}

/** Whether `buffer[start, end)` is one of the placeholders. */
export function isPlaceholder(
  placeholders: readonly Buffer[],
  buffer: Buffer,
  start: number,
  end: number,
): boolean {
  for (const bytes of placeholders) {
    if (end - start === bytes.length && buffer.compare(bytes, 0, bytes.length, start, end) === 0) return true
  }
  return false
}

function avroString(text: string): Buffer {
  const out = new ByteWriter(128)
  writeLong(text.length, out)
  out.utf8(text)
  return Buffer.from(out.written())
}
