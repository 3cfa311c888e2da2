import type { Attributes } from './avro-type.ts'
import { refusals } from './refusal.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** The attributes that Avro defines on a schema; all others are kept as they are. */
export const schemaAttributes = [
  'type',
  'name',
  'namespace',
  'doc',
  'fields',
  'items',
  'values',
  'symbols',
  'size',
  'aliases',
] as const

export function attributesOf(object: JsonObject, reserved: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !reserved.includes(name)))
}

export function objectOf(json: unknown, what: string): JsonObject {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw refusals.invalidSchema(`${JSON.stringify(json)} is not ${what}`)
  }
  // A JSON object: narrowed as far as the language can.
  return json as JsonObject
}

export function textOf(json: unknown, what: string): string {
  if (typeof json !== 'string') {
    throw refusals.invalidSchema(`"${what}" is ${json === undefined ? 'missing' : 'not a string'}`)
  }
  return json
}

export function textsOf(json: unknown, what: string): readonly string[] {
  if (!Array.isArray(json)) throw refusals.invalidSchema(`"${what}" is not an array`)
  return json.map(entry => textOf(entry, what))
}
