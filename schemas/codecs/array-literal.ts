import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt } from './byte-at.ts'

const quote = 0x22
const comma = 0x2c
const backslash = 0x5c
const open = 0x7b
const close = 0x7d

/**
 * How many elements the literal `{a,"b c",NULL}` has; -1 if it is nested, has bounds of its own (`[0:1]={...}`) or is no
 * array literal.
 */
export function countItems(source: Buffer, start: number, end: number): number {
  if (byteAt(source, start) !== open || byteAt(source, end - 1) !== close) return -1
  if (end - start === 2) return 0
  let count = 0
  for (let from = start + 1; from < end; from = itemEnd(source, from, end) + 1) {
    if (byteAt(source, from) === open) return -1
    count++
  }
  return count
}

/** Where the element that begins at `from` ends: at a comma, or at the closing brace. */
export function itemEnd(source: Buffer, from: number, end: number): number {
  let index = from
  if (byteAt(source, index) === quote) {
    index++
    while (index < end && byteAt(source, index) !== quote)
      index += byteAt(source, index) === backslash ? 2 : 1
  }
  while (index < end - 1 && byteAt(source, index) !== comma) index++
  return Math.min(index, end - 1)
}

/** Whether the element in `source[from, end)` is quoted: then it is never NULL. */
export function isQuoted(source: Buffer, from: number): boolean {
  return byteAt(source, from) === quote
}

/** Puts the content of the quoted element `source[from, end)` into `scratch`, in place of what was there. */
export function unquote(source: Buffer, from: number, end: number, scratch: ByteWriter): void {
  scratch.position = 0
  scratch.reserve(end - from)
  for (let i = from + 1; i < end - 1; i++) {
    if (byteAt(source, i) === backslash) i++
    scratch.buffer[scratch.position++] = byteAt(source, i)
  }
}

/** Appends the content of `scratch` as a quoted element. */
export function writeQuoted(scratch: ByteWriter, out: ByteWriter): void {
  out.reserve(2 + scratch.position * 2)
  const buffer = out.buffer
  let position = out.position
  buffer[position++] = quote
  for (let i = 0; i < scratch.position; i++) {
    const byte = byteAt(scratch.buffer, i)
    if (byte === quote || byte === backslash) buffer[position++] = backslash
    buffer[position++] = byte
  }
  buffer[position++] = quote
  out.position = position
}
