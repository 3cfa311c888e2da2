/** The byte at `index`; 0 beyond the end. */
export function byteAt(buffer: Uint8Array, index: number): number {
  return buffer[index] ?? 0
}

/** The digit 0 to 9 at `index`, or a value outside of that range where there is none. */
export function digitAt(buffer: Uint8Array, index: number): number {
  return (buffer[index] ?? 0) - 48
}

/** Whether the ASCII text lies at `start`. */
export function startsWith(buffer: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (byteAt(buffer, start + i) !== text.charCodeAt(i)) return false
  }
  return true
}

/** Whether `buffer[start, start + length)` is the ASCII text. */
export function isAscii(buffer: Uint8Array, start: number, length: number, text: string): boolean {
  return length === text.length && startsWith(buffer, start, text)
}
