import type { ByteWriter } from '../core/byte-writer.ts'
import { arePlain } from './codecs/fast/fast-bytes.ts'

const newline = 0x0a
const tab = 0x09
const carriageReturn = 0x0d
const backslash = 0x5c

/** Appends a field of COPY's text format, escaped; null is NULL. */
export function writeCopyText(text: Buffer | null, out: ByteWriter): void {
  if (text === null) return writeCopyNull(out)
  const from = out.position
  out.bytes(text, 0, text.length)
  escapeFrom(out, from)
}

export function writeCopyNull(out: ByteWriter): void {
  out.byte(backslash)
  out.byte(0x4e)
}

/** Escapes what was written since `from`, in place. */
export function escapeFrom(out: ByteWriter, from: number): void {
  const end = out.position
  if (arePlain(out.view, from, end)) return
  let extra = 0
  for (let at = from; at < end; at++) if (isSpecial(out.buffer[at] ?? 0)) extra++
  if (extra === 0) return
  out.reserve(extra)
  const { buffer } = out
  let to = end + extra
  out.position = to
  for (let at = end - 1; at >= from; at--) {
    const byte = buffer[at] ?? 0
    const special = isSpecial(byte)
    buffer[--to] = special ? escapeCode(byte) : byte
    if (special) buffer[--to] = backslash
  }
}

function isSpecial(byte: number): boolean {
  return byte === backslash || byte === newline || byte === tab || byte === carriageReturn
}

function escapeCode(byte: number): number {
  if (byte === newline) return 0x6e
  if (byte === tab) return 0x74
  return byte === carriageReturn ? 0x72 : byte
}
