import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt } from './byte-at.ts'
import { civil, civilFromDays, endsWithBc, parseDays, writeCivil, yearEnd } from './calendar.ts'
import { microsPerDay, parseMicros, writeClock } from './clock.ts'
import type { FieldCodec } from './field-codec.ts'
import { readBigLong, readLong, safeLong, skipLong, writeBigLong, writeLong } from './varint.ts'

const dayMicros = BigInt(microsPerDay)
const greatest = 2n ** 63n - 1n

interface Unit {
  readonly micros: number
  readonly infinity: bigint
  readonly minusInfinity: bigint
}

/** `timestamp(0)` to `timestamp(3)`: milliseconds since 1970. */
export const timestampCodec = instantCodec('io.debezium.time.Timestamp', {
  micros: 1000,
  infinity: 9_223_372_036_825_200n,
  minusInfinity: -9_223_372_036_832_400n,
})
/** `timestamp` with more decimals: microseconds since 1970. */
export const microTimestampCodec = instantCodec('io.debezium.time.MicroTimestamp', {
  micros: 1,
  infinity: 9_223_372_036_825_200_000n,
  minusInfinity: -9_223_372_036_832_400_000n,
})

function instantCodec(name: string, unit: Unit): FieldCodec {
  return {
    schema: { type: 'int64', optional: false, name, version: 1 },
    encode(source, start, length, out) {
      const dash = yearEnd(source, start)
      if (dash < 0) return encodeSpecial(source.toString('latin1', start, start + length), unit, out)
      const bc = endsWithBc(source, start + length)
      const days = parseDays(source, start, dash, bc)
      const clock = parseMicros(source, dash + 7, start + length - (bc ? 3 : 0))
      const micros = days * microsPerDay + clock
      if (Number.isNaN(micros) || byteAt(source, dash + 6) !== 0x20) return false
      if (Math.abs(micros) > safeLong) return encodeFar(BigInt(days) * dayMicros + BigInt(clock), unit, out)
      const value = micros / unit.micros
      if (!Number.isInteger(value)) return false
      writeLong(value, out)
      return true
    },
    skip: skipLong,
    text(buffer, start, _end, out) {
      const micros = readLong(buffer, start) * unit.micros
      if (Math.abs(micros) > safeLong) writeFar(readBigLong(buffer, start), unit, out)
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

function encodeSpecial(text: string, unit: Unit, out: ByteWriter): boolean {
  if (text === 'infinity') writeBigLong(unit.infinity, out)
  else if (text === '-infinity') writeBigLong(unit.minusInfinity, out)
  else return false
  return true
}

/** A date in the year 294247 may be the very number that means infinity: it does not fit. */
function encodeFar(micros: bigint, unit: Unit, out: ByteWriter): boolean {
  const value = micros / BigInt(unit.micros)
  if (value * BigInt(unit.micros) !== micros || value > greatest || value === unit.infinity) return false
  writeBigLong(value, out)
  return true
}

function writeFar(value: bigint, unit: Unit, out: ByteWriter): void {
  if (value === unit.infinity) out.utf8('infinity')
  else if (value === unit.minusInfinity) out.utf8('-infinity')
  else {
    const micros = value * BigInt(unit.micros)
    const clock = ((micros % dayMicros) + dayMicros) % dayMicros
    writeInstant(Number((micros - clock) / dayMicros), Number(clock), out)
  }
}

function writeInstant(days: number, clock: number, out: ByteWriter): void {
  civilFromDays(days)
  writeCivil(out)
  out.byte(0x20)
  writeClock(clock, out)
  if (civil.year < 1) out.utf8(' BC')
}
