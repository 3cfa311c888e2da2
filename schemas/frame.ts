/** Confluent's frame: a zero, and the schema's id in four bytes. */
export const frameBytes = 5

/** The five bytes in front of every Avro record. */
export function frameOf(schemaId: number): Buffer {
  const frame = Buffer.alloc(frameBytes)
  frame.writeUInt32BE(schemaId, 1)
  return frame
}
