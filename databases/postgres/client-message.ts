const queryType = 0x51
const parseType = 0x50
const bindType = 0x42
const executeType = 0x45
const closeType = 0x43
const portalKind = 0x50

const int16 = (value: number): Buffer => {
  const buffer = Buffer.allocUnsafe(2)
  buffer.writeInt16BE(value)
  return buffer
}
const int32 = (value: number): Buffer => {
  const buffer = Buffer.allocUnsafe(4)
  buffer.writeInt32BE(value)
  return buffer
}
const cString = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf8')

function message(type: number, parts: readonly Buffer[]): Buffer {
  const bytes = parts.reduce((sum, part) => sum + part.length, 4)
  return Buffer.concat([Buffer.from([type]), int32(bytes), ...parts])
}

/** A statement in the simple protocol. */
export const queryMessage = (sql: string): Buffer => message(queryType, [cString(sql)])
/** The unnamed statement; parameter types are inferred. */
export const parseMessage = (sql: string): Buffer => message(parseType, [cString(''), cString(sql), int16(0)])
/** A portal over the unnamed statement: text parameters in, text results out. */
export function bindMessage(portal: string, parameters: readonly (string | null)[]): Buffer {
  const values = parameters.flatMap(value => {
    if (value === null) return [int32(-1)]
    const bytes = Buffer.from(value, 'utf8')
    return [int32(bytes.length), bytes]
  })
  return message(bindType, [
    cString(portal),
    cString(''),
    int16(0),
    int16(parameters.length),
    ...values,
    int16(0),
  ])
}
export const executeMessage = (portal: string, maxRows: number): Buffer =>
  message(executeType, [cString(portal), int32(maxRows)])
export const closePortalMessage = (portal: string): Buffer =>
  message(closeType, [Buffer.from([portalKind]), cString(portal)])
export const syncMessage = (): Buffer => Buffer.from([0x53, 0, 0, 0, 4])
export const copyDoneMessage = (): Buffer => Buffer.from([0x63, 0, 0, 0, 4])
export const copyFailMessage = (reason: string): Buffer => message(0x66, [cString(reason)])
/** What precedes `bytes` of data in a CopyData message. */
export function copyDataHeader(bytes: number): Buffer {
  const header = Buffer.allocUnsafe(5)
  header[0] = 0x64
  header.writeInt32BE(bytes + 4, 1)
  return header
}
