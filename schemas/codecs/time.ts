import { parseMicros, writeClock } from './clock.ts'
import type { FieldCodec } from './field-codec.ts'
import { readLong, skipLong, writeLong } from './varint.ts'

/** `time(0)` to `time(3)`: milliseconds of the day. */
export const timeCodec = clockCodec('int32', 'io.debezium.time.Time', 1000)
/** `time` with more decimals: microseconds of the day. */
export const microTimeCodec = clockCodec('int64', 'io.debezium.time.MicroTime', 1)

function clockCodec(type: 'int32' | 'int64', name: string, unitMicros: number): FieldCodec {
  return {
    schema: { type, optional: false, name, version: 1 },
    encode(source, start, length, out) {
      const value = parseMicros(source, start, start + length) / unitMicros
      if (!Number.isInteger(value)) return false
      writeLong(value, out)
      return true
    },
    skip: skipLong,
    text(buffer, start, _end, out) {
      writeClock(readLong(buffer, start) * unitMicros, out)
    },
    placeholder(out) {
      out.byte(0)
    },
  }
}
