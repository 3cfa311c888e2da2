/** The parts of DER that certificates are made of: each gives one encoded value. */

export const integer = (bytes: Buffer): Buffer => encoded(0x02, bytes)
export const bool = (value: boolean): Buffer => encoded(0x01, Buffer.from([value ? 0xff : 0]))
export const octets = (bytes: Buffer): Buffer => encoded(0x04, bytes)
export const text = (value: string): Buffer => encoded(0x0c, Buffer.from(value))
export const sequence = (...parts: readonly Buffer[]): Buffer => encoded(0x30, Buffer.concat(parts))
export const set = (...parts: readonly Buffer[]): Buffer => encoded(0x31, Buffer.concat(parts))

/** Whole bytes only. */
export const bitString = (bytes: Buffer): Buffer => encoded(0x03, Buffer.concat([Buffer.from([0]), bytes]))

/** A value under a number that its context gives a meaning. */
export function tagged(
  number: number,
  content: Buffer,
  form: 'constructed' | 'primitive' = 'constructed',
): Buffer {
  return encoded((form === 'constructed' ? 0xa0 : 0x80) + number, content)
}

/** `2.5.4.3` */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return encoded(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** GeneralizedTime, to the second. */
export function time(moment: Date): Buffer {
  const digits = moment
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[^0-9]/g, '')
  return encoded(0x18, Buffer.from(`${digits}Z`))
}

function base128(value: number): readonly number[] {
  const septets = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    septets.unshift(128 + (rest % 128))
  return septets
}

function encoded(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...length(content.length)]), content])
}

function length(bytes: number): readonly number[] {
  if (bytes < 0x80) return [bytes]
  return bytes < 0x100 ? [0x81, bytes] : [0x82, bytes >> 8, bytes & 0xff]
}
