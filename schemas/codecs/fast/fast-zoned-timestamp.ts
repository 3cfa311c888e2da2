import { copyBytes } from '../../../core/byte-view.ts'
import type { Put, Take } from './fast-codec.ts'
import { takeText } from './fast-text.ts'

const zero = 0x30
const dash = 0x2d
const dot = 0x2e
/** `YYYY-MM-DD HH:MM:SS` */
const secondsLength = 19

/** Years of four digits in UTC. */
export function putZonedTimestamp(decimals: number): Put {
  const wholeLength = secondsLength + (decimals > 0 ? decimals + 1 : 0)
  // oxlint-disable-next-line max-params -- see `Put`
  return (source, start, length, target, position) => {
    const given = length - 3
    if (given < secondsLength || given > wholeLength || !isInstant(source, start, given)) return -1
    const at = position + 1
    target.setUint8(position, (wholeLength + 1) << 1)
    copyBytes(source, start, target, at, given)
    for (let i = given; i < wholeLength; i++) target.setUint8(at + i, i === secondsLength ? dot : zero)
    target.setUint8(at + 10, 0x54)
    target.setUint8(at + wholeLength, 0x5a)
    return at + wholeLength + 1
  }
}

/** What the plain codec looks at: the year, the blank, the offset; and the point, if there are decimals. */
function isInstant(source: DataView, start: number, given: number): boolean {
  const end = start + given
  return (
    fourDigits(source.getInt32(start, true)) &&
    source.getUint8(start + 4) === dash &&
    source.getUint8(start + 10) === 0x20 &&
    source.getUint8(end) === 0x2b &&
    source.getUint8(end + 1) === zero &&
    source.getUint8(end + 2) === zero &&
    (given === secondsLength || (given > secondsLength + 1 && source.getUint8(start + secondsLength) === dot))
  )
}

/** Whether each of the four bytes is a digit: a 3 on the left, also with six more. */
function fourDigits(four: number): boolean {
  return (
    ((four & 0xf0f0_f0f0) | 0) === 0x3030_3030 && (((four + 0x0606_0606) & 0xf0f0_f0f0) | 0) === 0x3030_3030
  )
}

/** Years from 1 to 9999. */
export const takeZonedTimestamp: Take = (source, start, target, position) => {
  const length = source.getUint8(start) >> 1
  if (length < 20 || length > 40) return -1
  const year = source.getInt32(start + 1, true)
  return fourDigits(year) && year !== 0x3030_3030 ? takeText(source, start, target, position) : -1
}
