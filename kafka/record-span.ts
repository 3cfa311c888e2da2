/**
 * Where one record's key and value lie in `bytes`. Writers and readers reuse one object for many records, so it is valid
 * until the next one. A start of -1 means null.
 */
export interface RecordSpan {
  readonly bytes: Uint8Array
  readonly keyStart: number
  readonly keyEnd: number
  readonly valueStart: number
  readonly valueEnd: number
}

/** The span of a key and a value that come as buffers of their own. It copies: not for hot paths. */
export function recordSpan(key: Uint8Array | null, value: Uint8Array | null): RecordSpan {
  const keyLength = key?.length ?? 0
  const bytes = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)])
  return {
    bytes,
    keyStart: key === null ? -1 : 0,
    keyEnd: key === null ? -1 : keyLength,
    valueStart: value === null ? -1 : keyLength,
    valueEnd: value === null ? -1 : bytes.length,
  }
}
