import type { Put, Take } from './fast-codec.ts'

export function putBoolean(yes: number, no: number): Put {
  // oxlint-disable-next-line max-params -- see `Put`
  return (source, start, length, target, position) => {
    if (length !== 1) return -1
    const byte = source.getUint8(start)
    if (byte !== yes && byte !== no) return -1
    target.setUint8(position, byte === yes ? 1 : 0)
    return position + 1
  }
}

export function takeBoolean(yes: number, no: number): Take {
  return (source, start, target, position) => {
    target.setUint8(position, source.getUint8(start) === 1 ? yes : no)
    return position + 1
  }
}
