import type { FieldCodec } from './field-codec.ts'
import { encodeBytes, textCodec } from './text.ts'
import { readLong, skipBytes, skipLong } from './varint.ts'

const quoted = '"((?:[^"\\\\]|\\\\.)*)"'
const hstorePair = new RegExp(`^${quoted}=>(?:${quoted}|(NULL))(?:, |$)`, 's')
const jsonPair = new RegExp(`^\\s*${quoted}\\s*:\\s*(?:${quoted}|(null))\\s*,?`, 's')

/** `hstore` as a JSON object of strings and nulls, in the order of the database. */
export const hstoreCodec: FieldCodec = {
  schema: textCodec('io.debezium.data.Json').schema,
  skip: skipBytes,
  encode(source, start, length, out) {
    const json = hstoreToJson(source.toString('utf8', start, start + length))
    if (json === null) return false
    const bytes = Buffer.from(json)
    return encodeBytes(bytes, 0, bytes.length, out)
  },
  text(buffer, start, _end, out) {
    const first = skipLong(buffer, start)
    out.utf8(jsonToHstore(buffer.toString('utf8', first, first + readLong(buffer, start))))
  },
  placeholder(out) {
    out.byte(4)
    out.utf8('{}')
  },
}

/** Null where the text is not what the database writes. */
function hstoreToJson(text: string): string | null {
  const pairs: string[] = []
  let rest = text
  while (rest !== '') {
    const match = hstorePair.exec(rest)
    if (match === null) return null
    const [all, key = '', value = '', isNull] = match
    pairs.push(`${jsonString(key)}:${isNull === undefined ? jsonString(value) : 'null'}`)
    rest = rest.slice(all.length)
  }
  return `{${pairs.join(',')}}`
}

/** Text that is not such an object is handed on as it is: the database judges it. */
function jsonToHstore(text: string): string {
  const pairs: string[] = []
  let rest = text.trim().replace(/^\{|\}$/g, '')
  while (rest.trim() !== '') {
    const match = jsonPair.exec(rest)
    if (match === null) return text
    const [all, key = '', value = '', isNull] = match
    pairs.push(`${hstoreString(key)}=>${isNull === undefined ? hstoreString(value) : 'NULL'}`)
    rest = rest.slice(all.length)
  }
  return pairs.join(', ')
}

function jsonString(escaped: string): string {
  return JSON.stringify(escaped.replace(/\\(.)/gs, '$1'))
}

function hstoreString(escapedJson: string): string {
  const value = String(JSON.parse(`"${escapedJson}"`))
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}
