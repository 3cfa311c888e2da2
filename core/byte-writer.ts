import { viewOf } from './byte-view.ts'

/**
 * Bytes being written, one value after the other, into a buffer that grows. Hot paths call `reserve` once for what they
 * are about to write and then write to `buffer` at `position` themselves.
 */
export class ByteWriter {
  buffer: Buffer
  /** The same bytes as `buffer`. */
  view: DataView
  position = 0

  constructor(initialBytes = 4096) {
    this.buffer = Buffer.allocUnsafeSlow(initialBytes)
    this.view = viewOf(this.buffer)
  }

  /** Makes room for `bytes` more. The buffer may be replaced: read `buffer` and `view` again afterwards. */
  reserve(bytes: number): void {
    const needed = this.position + bytes
    if (needed <= this.buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(larger, 0, 0, this.position)
    this.buffer = larger
    this.view = viewOf(larger)
  }

  byte(value: number): void {
    this.reserve(1)
    this.buffer[this.position++] = value
  }

  /** Copies `source[start, end)`. */
  bytes(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    // A part of the source costs more than a loop over a few bytes.
    if (end - start > 40) this.buffer.set(source.subarray(start, end), this.position)
    else {
      const buffer = this.buffer
      for (let from = start, to = this.position; from < end; ) buffer[to++] = source[from++] ?? 0
    }
    this.position += end - start
  }

  /** Copies a buffer as a whole: quicker than a part of one, however long it is. */
  all(source: Uint8Array): void {
    this.reserve(source.length)
    this.buffer.set(source, this.position)
    this.position += source.length
  }

  utf8(text: string): void {
    this.reserve(text.length * 3)
    this.position += this.buffer.write(text, this.position)
  }

  /** The bytes written so far: a view that the next write may change. */
  written(): Buffer {
    return this.buffer.subarray(0, this.position)
  }
}
