import { refusals } from './refusal.ts'

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * Parses JSON whose numbers JavaScript can hold. A schema with another one (a default above 2^53) is refused: it would
 * be stored with another value than the one it came with.
 */
export function exactJson(text: string): unknown {
  const parsed = parse(text)
  for (const [token] of text.matchAll(stringOrNumber)) {
    if (/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))) {
      throw refusals.invalidSchema(`the number ${token} is beyond 2^53 and cannot be kept exactly`)
    }
  }
  return parsed
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw refusals.invalidSchema(cause instanceof Error ? cause.message : 'not JSON')
  }
}
