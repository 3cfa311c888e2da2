/** A message of PostgreSQL's protocol: its type, its length, its body. */
export function wireMessage(type: number, body: Uint8Array): Buffer {
  const whole = Buffer.concat([Buffer.alloc(5), body])
  whole.writeUInt8(type)
  whole.writeInt32BE(body.length + 4, 1)
  return whole
}
