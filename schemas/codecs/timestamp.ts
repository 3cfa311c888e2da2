import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt, isAscii } from './byte-at.ts'
import { civil, civilFromDays, endsWithBc, parseDays, writeCivil, yearEnd } from './calendar.ts'
import { microsPerDay, parseMicros, writeClock } from './clock.ts'
import type { FieldCodec } from './field-codec.ts'
import { readBigLong, readLong, safeLong, skipLong, writeBigLong, writeLong } from './varint.ts'

/** `timestamp(0)` to `timestamp(3)`: milliseconds since 1970. */
export const timestampCodec = instantCodec('io.debezium.time.Timestamp', 1000)
/** `timestamp` with more decimals: microseconds since 1970. */
export const microTimestampCodec = instantCodec('io.debezium.time.MicroTimestamp', 1)

const greatest = 2n ** 63n - 1n

function instantCodec(name: string, unitMicros: number): FieldCodec {
  const infinity = 9_223_372_036_825_200_000n / BigInt(unitMicros)
  const minusInfinity = -9_223_372_036_832_400_000n / BigInt(unitMicros)

  function encodeSpecial(source: Buffer, start: number, length: number, out: ByteWriter): boolean {
    if (isAscii(source, start, length, 'infinity')) writeBigLong(infinity, out)
    else if (isAscii(source, start, length, '-infinity')) writeBigLong(minusInfinity, out)
    else return false
    return true
  }
  function encodeFar(days: number, clock: number, out: ByteWriter): boolean {
    const micros = BigInt(days) * BigInt(microsPerDay) + BigInt(clock)
    const value = micros / BigInt(unitMicros)
    // A date in the year 294247 may be the very number that means infinity.
    if (value * BigInt(unitMicros) !== micros || value > greatest || value === infinity) return false
    writeBigLong(value, out)
    return true
  }
  function textFar(value: bigint, out: ByteWriter): void {
    if (value === infinity) out.utf8('infinity')
    else if (value === minusInfinity) out.utf8('-infinity')
    else {
      const micros = value * BigInt(unitMicros)
      const clock = ((micros % dayMicros) + dayMicros) % dayMicros
      writeInstant(Number((micros - clock) / dayMicros), Number(clock), out)
    }
  }
  return {
    schema: { type: 'int64', optional: false, name, version: 1 },
    encode(source, start, length, out) {
      const dash = yearEnd(source, start)
      if (dash < 0) return encodeSpecial(source, start, length, out)
      const bc = endsWithBc(source, start + length)
      const days = parseDays(source, start, dash, bc)
      const clock = parseMicros(source, dash + 7, start + length - (bc ? 3 : 0))
      const micros = days * microsPerDay + clock
      if (Number.isNaN(micros) || byteAt(source, dash + 6) !== 0x20) return false
      if (Math.abs(micros) > safeLong) return encodeFar(days, clock, out)
      const value = micros / unitMicros
      if (!Number.isInteger(value)) return false
      writeLong(value, out)
      return true
    },
    skip: skipLong,
    text(buffer, start, _end, out) {
      const micros = readLong(buffer, start) * unitMicros
      if (Math.abs(micros) > safeLong) textFar(readBigLong(buffer, start), out)
      else {
        const days = Math.floor(micros / microsPerDay)
        writeInstant(days, micros - days * microsPerDay, out)
      }
    },
    placeholder(out) {
      out.byte(0)
    },
  }
}

const dayMicros = BigInt(microsPerDay)

function writeInstant(days: number, clock: number, out: ByteWriter): void {
  civilFromDays(days)
  writeCivil(out)
  out.byte(0x20)
  writeClock(clock, out)
  if (civil.year < 1) out.utf8(' BC')
}
