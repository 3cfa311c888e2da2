import type { ByteWriter } from '../../core/byte-writer.ts'
import { isAscii } from './byte-at.ts'
import { civil, civilFromDays, endsWithBc, parseDays, writeCivil, yearEnd } from './calendar.ts'
import type { FieldCodec } from './field-codec.ts'
import { readLong, skipLong, writeLong } from './varint.ts'

/** What Debezium's stream writes; both are days before the first date that the database knows. */
const positiveInfinity = -2_147_472_692
const negativeInfinity = -2_147_472_691
/** What Debezium's snapshot writes. */
const snapshotInfinity = -622_191_234

/** `date`: days since 1970. */
export const dateCodec: FieldCodec = {
  schema: { type: 'int32', optional: false, name: 'io.debezium.time.Date', version: 1 },
  encode(source, start, length, out) {
    const days = daysOf(source, start, length)
    if (Number.isNaN(days)) return false
    writeLong(days, out)
    return true
  },
  skip: skipLong,
  text(buffer, start, _end, out) {
    writeDays(readLong(buffer, start), out)
  },
  placeholder(out) {
    out.byte(0)
  },
}

function daysOf(source: Buffer, start: number, length: number): number {
  const dash = yearEnd(source, start)
  const end = start + length
  if (dash > 0) {
    const bc = endsWithBc(source, end)
    return dash + (bc ? 9 : 6) === end ? parseDays(source, start, dash, bc) : Number.NaN
  }
  if (isAscii(source, start, length, 'infinity')) return positiveInfinity
  return isAscii(source, start, length, '-infinity') ? negativeInfinity : Number.NaN
}

function writeDays(days: number, out: ByteWriter): void {
  if (days === positiveInfinity || days === snapshotInfinity) out.utf8('infinity')
  else if (days === negativeInfinity) out.utf8('-infinity')
  else {
    civilFromDays(days)
    writeCivil(out)
    if (civil.year < 1) out.utf8(' BC')
  }
}
