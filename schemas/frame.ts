import type { ByteWriter } from '../core/byte-writer.ts'

/** Confluent's frame: a zero, and the schema's id in four bytes. */
export const frameBytes = 5

/** Appends the five bytes in front of every Avro record: a zero, and the schema's id. */
export function writeFrame(schemaId: number, out: ByteWriter): void {
  out.reserve(frameBytes)
  out.buffer[out.position] = 0
  out.buffer.writeUInt32BE(schemaId, out.position + 1)
  out.position += frameBytes
}
