import type { ByteWriter } from '../../core/byte-writer.ts'
import { wide } from './wide.ts'

const million = 1_000_000
const half = 4_294_967_296

/** Appends a whole number from 0 to 2^53 in decimal digits. */
export function writeDigits(value: number, out: ByteWriter): void {
  writePadded(value, digitCount(value), out)
}

/** Appends a whole number with exactly `width` digits, zeros in front. */
export function writePadded(value: number, width: number, out: ByteWriter): void {
  out.reserve(width)
  const buffer = out.buffer
  let position = out.position + width
  out.position = position
  let rest = value
  while (rest > 0x7fff_ffff) {
    const next = Math.floor(rest / 10)
    buffer[--position] = 48 + (rest - next * 10)
    rest = next
  }
  for (let left = width - (out.position - position); left > 0; left--) {
    const next = (rest / 10) | 0
    buffer[--position] = 48 + (rest - next * 10)
    rest = next
  }
}

/** Appends the number in `wide` in decimal digits. */
export function writeWideDigits(out: ByteWriter): void {
  if (wide.high < 0x20_0000) {
    writeDigits(wide.high * half + wide.low, out)
    return
  }
  const top = Math.floor(wide.high / million)
  const rest = (wide.high - top * million) * half + wide.low
  const quotient = Math.floor(rest / million)
  writeDigits(top * half + quotient, out)
  writePadded(rest - quotient * million, 6, out)
}

function digitCount(value: number): number {
  let count = 1
  for (let limit = 10; value >= limit; limit *= 10) count++
  return count
}
