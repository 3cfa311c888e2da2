import type { ByteWriter } from '../core/byte-writer.ts'

/** Confluent's frame: a zero, and the schema's id in four bytes. */
export const frameBytes = 5

/** Appends the five bytes in front of every Avro record. */
export function writeFrame(schemaId: number, out: ByteWriter): void {
  out.reserve(frameBytes)
  out.view.setUint8(out.position, 0)
  out.view.setUint32(out.position + 1, schemaId)
  out.position += frameBytes
}
