import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt, digitAt } from './byte-at.ts'
import { writeDigits, writePadded } from './digits.ts'
import { parseDigits } from './wide.ts'

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar; year 0 is 1 BC. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return (
    era * 146_097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719_468
  )
}

/** The date that `civilFromDays` found. One for all: read it before the next call. */
export const civil = { year: 0, month: 0, day: 0 }

export function civilFromDays(days: number): void {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  civil.day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  civil.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  civil.year = yearOfEra + era * 400 + (civil.month <= 2 ? 1 : 0)
}

/** Where the date's year ends (its first dash), or -1: years have four or more digits. */
export function yearEnd(source: Uint8Array, start: number): number {
  let index = start
  while (digitAt(source, index) >= 0 && digitAt(source, index) <= 9) index++
  return index - start >= 4 && index - start <= 7 && byteAt(source, index) === 0x2d ? index : -1
}

/** Whether the text ends with ` BC`. */
export function endsWithBc(source: Uint8Array, end: number): boolean {
  return byteAt(source, end - 1) === 0x43 && byteAt(source, end - 2) === 0x42
}

/** Days since 1970 of the text `YYYY-MM-DD` whose first dash is at `dash`; NaN if it is none. */
export function parseDays(source: Uint8Array, start: number, dash: number, bc: boolean): number {
  const year = parseDigits(source, start, dash)
  const month = parseDigits(source, dash + 1, dash + 3)
  const day = parseDigits(source, dash + 4, dash + 6)
  if (year < 1 || month < 1 || day < 1 || byteAt(source, dash + 3) !== 0x2d) return Number.NaN
  return daysFromCivil(bc ? 1 - year : year, month, day)
}

/** Appends the date in `civil` as `YYYY-MM-DD`, without the BC that the caller appends for years below 1. */
export function writeCivil(out: ByteWriter): void {
  const year = civil.year > 0 ? civil.year : 1 - civil.year
  if (year > 9999) writeDigits(year, out)
  else writePadded(year, 4, out)
  out.byte(0x2d)
  writePadded(civil.month, 2, out)
  out.byte(0x2d)
  writePadded(civil.day, 2, out)
}
