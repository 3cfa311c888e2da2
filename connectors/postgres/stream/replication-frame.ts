/** Seconds from 1970 to 2000, where PostgreSQL counts from. */
const epochOffsetUs = 946_684_800_000_000n

/** First bytes of the messages inside CopyData. */
export const frameType = { walData: 0x77, keepalive: 0x6b } as const

/** Offset of the plugin's message in a frame of WAL data: type, start, end, clock. */
export const walHeaderBytes = 25

/** A time of the server as microseconds since 1970. */
export function toUnixUs(postgresUs: bigint): bigint {
  return postgresUs + epochOffsetUs
}

/** What we tell the server: everything that ends at or below `confirmed` is durable. */
export function statusMessage(confirmed: bigint, nowMs: number, wantsReply: boolean): Buffer {
  const message = Buffer.allocUnsafe(34)
  message[0] = 0x72
  // Written, flushed, applied: the slot moves by what is flushed, and nothing else of ours is of interest.
  for (const offset of [1, 9, 17]) message.writeBigUInt64BE(confirmed, offset)
  message.writeBigInt64BE(BigInt(nowMs) * 1000n - epochOffsetUs, 25)
  message[33] = wantsReply ? 1 : 0
  return message
}
