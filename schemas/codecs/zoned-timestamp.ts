import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt, isAscii, startsWith } from './byte-at.ts'
import { yearEnd } from './calendar.ts'
import { putZonedTimestamp, takeZonedTimestamp } from './fast/fast-zoned-timestamp.ts'
import type { FieldCodec } from './field-codec.ts'
import { copyBytes, encodeBytes } from './text.ts'
import { readLong, skipBytes, skipLong } from './varint.ts'

const zero = 0x30
const nine = 0x39
/** `YYYY-MM-DD HH:MM:SS` */
const secondsLength = 19

/**
 * `timestamptz` as ISO 8601 in UTC, always with `decimals` decimals: `2024-02-29T10:34:56.789012Z`. Years beyond 9999 have a
 * plus, years before 1 are counted from 0 (which is 1 BC) down, and `infinity` stays what it is.
 */
export function zonedTimestampCodec(decimals: number): FieldCodec {
  const epoch = Buffer.from(`1970-01-01T00:00:00${decimals === 0 ? '' : `.${'0'.repeat(decimals)}`}Z`)
  return {
    schema: { type: 'string', optional: false, name: 'io.debezium.time.ZonedTimestamp', version: 1 },
    encode(source, start, length, out) {
      const end = start + length - 3
      const given = Math.max(0, end - start - secondsLength - 1)
      if (yearEnd(source, start) !== start + 4 || !startsWith(source, end, '+00')) {
        return encodeRare(source.toString('latin1', start, start + length), decimals, out)
      }
      if (given > decimals || byteAt(source, start + 10) !== 0x20) return false
      writeInstant(source, start, given, out)
      writeDecimals(decimals, given, out)
      return true
    },
    skip: skipBytes,
    text: writeText,
    placeholder(out) {
      encodeBytes(epoch, 0, epoch.length, out)
    },
    put: putZonedTimestamp(decimals),
    take: takeZonedTimestamp,
  }
}

/** Appends date, time and the `given` decimals, leaving a byte in front for the length of the whole. */
function writeInstant(source: Buffer, start: number, given: number, out: ByteWriter): void {
  out.reserve(40)
  const buffer = out.buffer
  let position = out.position + 1
  const end = start + secondsLength + (given > 0 ? given + 1 : 0)
  for (let i = start; i < end; i++) buffer[position++] = byteAt(source, i)
  buffer[out.position + 11] = 0x54
  out.position = position
}

/** Completes what `writeInstant` began: fills up the decimals, appends the Z, and sets the length. */
function writeDecimals(decimals: number, given: number, out: ByteWriter): void {
  const buffer = out.buffer
  let position = out.position
  const length = secondsLength + (decimals > 0 ? decimals + 1 : 0) + 1
  if (decimals > 0 && given === 0) buffer[position++] = 0x2e
  for (let i = given; i < decimals; i++) buffer[position++] = zero
  buffer[position++] = 0x5a
  buffer[position - length - 1] = length << 1
  out.position = position
}

const rareText = /^(\d{4,6})(-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00( BC)?$/
const rareIso = /^([+-]?\d{4,6})(-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/

function encodeRare(given: string, decimals: number, out: ByteWriter): boolean {
  const iso = given === 'infinity' || given === '-infinity' ? given : rareToIso(given, decimals)
  if (iso === null) return false
  const bytes = Buffer.from(iso)
  return encodeBytes(bytes, 0, bytes.length, out)
}

/** Null if the text is no timestamp in UTC, or has more decimals. */
function rareToIso(given: string, decimals: number): string | null {
  const parts = rareText.exec(given)
  if (parts === null) return null
  const [, year, date, time, fraction = '', bc] = parts
  if (fraction.length > decimals) return null
  const shown = decimals === 0 ? '' : `.${fraction.padEnd(decimals, '0')}`
  return `${isoYear(bc === undefined ? Number(year) : 1 - Number(year))}${date}T${time}${shown}Z`
}

function isoYear(year: number): string {
  if (year > 9999) return `+${year}`
  return year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0')
}

function writeText(buffer: Buffer, start: number, end: number, out: ByteWriter): void {
  const first = skipLong(buffer, start)
  const byte = byteAt(buffer, first)
  const length = readLong(buffer, start)
  const ordinary = byte >= zero && byte <= nine && !startsWith(buffer, first, '0000')
  if (ordinary || isAscii(buffer, first, length, 'infinity')) copyBytes(buffer, start, end, out)
  else out.utf8(rareToText(buffer.toString('latin1', first, first + length)))
}

function rareToText(iso: string): string {
  const parts = rareIso.exec(iso)
  if (parts === null) return iso
  const year = Number(parts[1])
  const shown = String(year > 0 ? year : 1 - year).padStart(4, '0')
  return `${shown}${parts[2]} ${parts[3]}+00${year > 0 ? '' : ' BC'}`
}
