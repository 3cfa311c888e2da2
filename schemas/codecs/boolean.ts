import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt } from './byte-at.ts'
import { putBoolean, takeBoolean } from './fast/fast-boolean.ts'
import type { FieldCodec } from './field-codec.ts'

/** `boolean`, written `t` and `f`, and `bit(1)`, written `1` and `0`. */
export function booleanCodec(yes: 't' | '1', no: 'f' | '0'): FieldCodec {
  const yesByte = yes.charCodeAt(0)
  const noByte = no.charCodeAt(0)
  return {
    schema: { type: 'boolean', optional: false },
    encode(source, start, length, out) {
      const byte = byteAt(source, start)
      if (length !== 1 || (byte !== yesByte && byte !== noByte)) return false
      out.byte(byte === yesByte ? 1 : 0)
      return true
    },
    skip: skipByte,
    text(buffer, start, _end, out) {
      out.byte(byteAt(buffer, start) === 1 ? yesByte : noByte)
    },
    placeholder,
    put: putBoolean(yesByte, noByte),
    take: takeBoolean(yesByte, noByte),
  }
}

function skipByte(_buffer: Buffer, position: number): number {
  return position + 1
}

function placeholder(out: ByteWriter): void {
  out.byte(0)
}
