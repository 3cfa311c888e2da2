import type { EncodedRecords } from './log.ts'
import { crc32c } from './native.ts'

/** Bytes of a record batch before its records. */
export const BATCH_HEADER_BYTES = 61
const MAGIC = 2
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const COMPRESSION = 0x07

/** Who produces: Kafka refuses a batch whose sequence does not follow the one before. -1 means nobody in particular. */
export interface BatchProducer {
  readonly producerId: bigint
  readonly epoch: number
  readonly firstSequence: number
  readonly transactional: boolean
}

/** What a record batch says about itself. */
export interface BatchHeader {
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  /** Of the whole batch, header included. */
  readonly bytes: number
  readonly magic: number
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly compression: number
  readonly transactional: boolean
  readonly control: boolean
  readonly timestampMs: number
  readonly producerId: bigint
  readonly count: number
}

/** The header that makes encoded records a batch: lengths, producer, time and checksum. */
export function sealBatch(records: EncodedRecords, producer: BatchProducer, nowMs: number): Buffer {
  const header = Buffer.alloc(BATCH_HEADER_BYTES)
  header.writeInt32BE(BATCH_HEADER_BYTES - 12 + records.bytes.length, 8)
  header[16] = MAGIC
  header.writeInt16BE((records.codec ?? 0) | (producer.transactional ? TRANSACTIONAL : 0), 21)
  header.writeInt32BE(records.count - 1, 23)
  header.writeBigInt64BE(BigInt(nowMs), 27)
  header.writeBigInt64BE(BigInt(nowMs), 35)
  header.writeBigInt64BE(producer.producerId, 43)
  header.writeInt16BE(producer.epoch, 51)
  header.writeInt32BE(producer.firstSequence, 53)
  header.writeInt32BE(records.count, 57)
  writeChecksum(header, records.bytes)
  return header
}

/** To be written again when the header changes behind it. */
export function writeChecksum(header: Buffer, records: Buffer): void {
  header.writeUInt32BE(crc32c(records, crc32c(header.subarray(21))), 17)
}

/** Whether the batch of so many bytes at `start` is what its producer, or the broker that gave it its time, has sealed. */
export function isIntact(bytes: Buffer, start: number, length: number): boolean {
  if (length < BATCH_HEADER_BYTES) return false
  return crc32c(bytes.subarray(start + 21, start + length)) === bytes.readUInt32BE(start + 17)
}

/** Reads the header at `start`; null when the bytes end before the batch does, as the last one of a fetch may. */
export function readBatchHeader(bytes: Buffer, start: number): BatchHeader | null {
  if (start + 17 > bytes.length) return null
  const length = 12 + bytes.readInt32BE(start + 8)
  const magic = bytes.readInt8(start + 16)
  if (start + length > bytes.length || start + BATCH_HEADER_BYTES > bytes.length) return null
  const baseOffset = bytes.readBigInt64BE(start)
  const attributes = bytes.readInt16BE(start + 21)
  return {
    baseOffset,
    lastOffset: baseOffset + BigInt(bytes.readInt32BE(start + 23)),
    bytes: length,
    magic,
    compression: attributes & COMPRESSION,
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) !== 0,
    timestampMs: Number(bytes.readBigInt64BE(start + 35)),
    producerId: bytes.readBigInt64BE(start + 43),
    count: bytes.readInt32BE(start + 57),
  }
}
