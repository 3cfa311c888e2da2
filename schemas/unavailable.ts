import type { ConnectSchema } from './connect-schema.ts'

/** What Debezium writes in place of a value that the log did not carry. */
const unavailableText = '__debezium_unavailable_value'

/** The placeholder as Avro string or bytes; null for types that cannot hold it. */
export function unavailableBytes(schema: ConnectSchema): Buffer | null {
  if (schema.type !== 'string' && schema.type !== 'bytes') return null
  if (schema.type === 'bytes' && schema.name !== undefined) return null
  return placeholder
}

const placeholder = Buffer.from(`${String.fromCharCode(unavailableText.length * 2)}${unavailableText}`)

/** Whether the Avro string or bytes at `buffer[start, end)` are the placeholder. */
export function isUnavailable(buffer: Buffer, start: number, end: number): boolean {
  return (
    end - start === placeholder.length && buffer.compare(placeholder, 0, placeholder.length, start, end) === 0
  )
}
