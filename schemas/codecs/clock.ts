import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt, digitAt } from './byte-at.ts'
import { writePadded } from './digits.ts'

export const microsPerDay = 86_400_000_000
const colon = 0x3a

/** Microseconds of the day of `HH:MM:SS[.ffffff]`, 24:00:00 included; NaN if `source[start, end)` is none. */
export function parseMicros(source: Uint8Array, start: number, end: number): number {
  if (byteAt(source, start + 2) !== colon || byteAt(source, start + 5) !== colon || end < start + 8) {
    return Number.NaN
  }
  const seconds =
    twoDigits(source, start) * 3600 + twoDigits(source, start + 3) * 60 + twoDigits(source, start + 6)
  if (end === start + 8) return seconds * 1_000_000
  if (byteAt(source, start + 8) !== 0x2e || end > start + 15) return Number.NaN
  let fraction = 0
  let unit = 1_000_000
  for (let i = start + 9; i < end; i++) {
    unit /= 10
    fraction += digitOf(source, i) * unit
  }
  return seconds * 1_000_000 + fraction
}

/** Appends `HH:MM:SS`, and the fraction without zeros at its end. */
export function writeClock(micros: number, out: ByteWriter): void {
  const seconds = Math.floor(micros / 1_000_000)
  const fraction = micros - seconds * 1_000_000
  writePadded(Math.floor(seconds / 3600), 2, out)
  out.byte(colon)
  writePadded(Math.floor(seconds / 60) % 60, 2, out)
  out.byte(colon)
  writePadded(seconds % 60, 2, out)
  if (fraction === 0) return
  out.byte(0x2e)
  writePadded(fraction, 6, out)
  while (byteAt(out.buffer, out.position - 1) === 0x30) out.position--
}

function twoDigits(source: Uint8Array, index: number): number {
  return digitOf(source, index) * 10 + digitOf(source, index + 1)
}

function digitOf(source: Uint8Array, index: number): number {
  const digit = digitAt(source, index)
  return digit >= 0 && digit <= 9 ? digit : Number.NaN
}
