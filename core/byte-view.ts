/** The bytes of a buffer as a view: views move four bytes at the price of one. */
export function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

/** Keeps the view of the buffer asked for last: rows lie next to each other in few buffers. */
export class LastView {
  #buffer: Uint8Array | null = null
  #view: DataView = new DataView(new ArrayBuffer(0))

  of(buffer: Uint8Array): DataView {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer
      this.#view = viewOf(buffer)
    }
    return this.#view
  }
}

/** One for all code that is made for a table: one each would keep a buffer each from being freed. */
export const lastView = new LastView()

/** Copies `length` bytes, four at a time; the last four may be copied in part twice. */
// oxlint-disable-next-line max-params -- positions are numbers, not objects
export function copyBytes(
  source: DataView,
  from: number,
  target: DataView,
  to: number,
  length: number,
): void {
  if (length < 4) {
    for (let i = 0; i < length; i++) target.setUint8(to + i, source.getUint8(from + i))
    return
  }
  const last = length - 4
  for (let i = 0; i < last; i += 4) target.setInt32(to + i, source.getInt32(from + i, true), true)
  target.setInt32(to + last, source.getInt32(from + last, true), true)
}
