import { readsValue, type ServerErrorFields } from './translate-error.ts'

/** First bytes of the messages that the server sends. */
export const serverMessage = {
  commandComplete: 0x43,
  copyData: 0x64,
  copyDone: 0x63,
  copyInResponse: 0x47,
  copyBothResponse: 0x57,
  dataRow: 0x44,
  errorResponse: 0x45,
  portalSuspended: 0x73,
  readyForQuery: 0x5a,
} as const

/** Type byte and length. */
export const headerBytes = 5

/** Size of the message that begins at `start`, its type and length included. The header must be there. */
export function messageBytes(buffer: Buffer, start: number): number {
  return 1 + buffer.readInt32BE(start + 1)
}

/** Reads the body of an ErrorResponse, leaving out what may hold a row's values. */
export function readErrorResponse(buffer: Buffer, start: number, end: number): ServerErrorFields {
  const fields = new Map<string, string>()
  let position = start
  while (position < end && buffer[position] !== 0) {
    const stop = buffer.indexOf(0, position + 1)
    fields.set(String.fromCharCode(buffer[position] ?? 0), buffer.toString('utf8', position + 1, stop))
    position = stop + 1
  }
  return {
    code: fields.get('C') ?? '',
    message: fields.get('M') ?? '',
    schema: fields.get('s'),
    table: fields.get('t'),
    column: fields.get('c'),
    constraint: fields.get('n'),
    dataType: fields.get('d'),
    readsValue: readsValue(fields.get('W')),
  }
}
