import { copyBytes } from '../../../core/byte-view.ts'
import { copyPlainBytes } from './fast-bytes.ts'
import { margin, type Put, type Take } from './fast-codec.ts'
import { putVarint } from './fast-digits.ts'

/** From here on the engine's own copying is quicker; the plain codec uses it. */
const longBytes = 512

// oxlint-disable-next-line max-params -- see `Put`
export const putText: Put = (source, start, length, target, position) => {
  if (length > longBytes || position + length + 2 + margin > target.byteLength) return -1
  const at = putVarint(length * 2, target, position)
  copyBytes(source, start, target, at, length)
  return at + length
}

/** Without anything that COPY escapes. */
export const takeText: Take = (source, start, target, position) => {
  let first = start + 1
  let length = source.getUint8(start)
  if (length > 127) length = (length & 127) | (source.getUint8(first++) << 7)
  length >>= 1
  if (length > longBytes || position + length + margin > target.byteLength) return -1
  return copyPlainBytes(source, first, target, position, length) ? position + length : -1
}
