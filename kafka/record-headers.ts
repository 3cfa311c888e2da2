import { varintSize, writeVarint } from './varint.ts'

/** A record header. A null value is not an empty one. */
export type RecordHeader = readonly [name: string, value: Buffer | null]

/** Encodes headers once, so that many records can share the bytes. */
export function encodeHeaders(headers: readonly RecordHeader[]): Buffer {
  const parts = [lengthPrefix(headers.length)]
  for (const [name, value] of headers) {
    const nameBytes = Buffer.from(name)
    parts.push(lengthPrefix(nameBytes.length), nameBytes, lengthPrefix(value?.length ?? -1))
    if (value !== null) parts.push(value)
  }
  return Buffer.concat(parts)
}

function lengthPrefix(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(varintSize(length))
  writeVarint(bytes, 0, length)
  return bytes
}
