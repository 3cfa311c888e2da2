import * as z from 'zod'
import type { VersionChoice } from '../look-up.ts'
import { RegistryRefusal, refusals } from '../refusal.ts'

/** Bodies and parameters of requests become values of ours here; anything else is refused. */

const schemaBody = z.looseObject({
  schema: z.string(),
  schemaType: z.string().nullish(),
  references: z.array(z.unknown()).nullish(),
})

/** The text of the schema in a body. Only Avro without references is supported. */
export function schemaIn(body: unknown): string {
  const { schema, schemaType, references } = parsed(schemaBody, body)
  if ((schemaType ?? 'AVRO') !== 'AVRO') {
    throw refusals.invalidSchema(`this registry supports AVRO, not ${schemaType}`)
  }
  if ((references ?? []).length > 0) throw refusals.invalidSchema('this registry does not support references')
  return schema
}

export function compatibilityIn(body: unknown): string {
  return parsed(z.object({ compatibility: z.string() }), body).compatibility
}

export function modeIn(body: unknown): string {
  return parsed(z.object({ mode: z.string() }), body).mode
}

export const subjectPath = z.object({ subject: z.string() })
export const versionPath = z.object({ subject: z.string(), version: z.string() })
export const idPath = z.object({ id: z.string() })

/** A subject and version of the path. -1 is the latest one, as older clients ask for it. */
export function versionIn(params: unknown): { readonly subject: string; readonly choice: VersionChoice } {
  const { subject, version } = parsed(versionPath, params)
  if (version === 'latest' || version === '-1') return { subject, choice: 'latest' }
  const choice = Number(version)
  if (!/^\d+$/.test(version) || choice < 1 || choice > 2 ** 31 - 1) throw refusals.invalidVersion(version)
  return { subject, choice }
}

export function subjectIn(params: unknown): string {
  return parsed(subjectPath, params).subject
}

export function idIn(params: unknown): number {
  const { id } = parsed(idPath, params)
  if (!/^\d{1,10}$/.test(id)) throw new RegistryRefusal(404, 'HTTP 404 Not Found')
  return Number(id)
}

/** Whether a query parameter is `true`. */
export function flag(query: unknown, name: string): boolean {
  return textParameter(query, name) === 'true'
}

export function textParameter(query: unknown, name: string): string | null {
  return (
    parsed(z.record(z.string(), z.union([z.string(), z.array(z.string())])), query)[name]?.toString() ?? null
  )
}

function parsed<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  throw new RegistryRefusal(422, `Unprocessable request: ${z.prettifyError(result.error)}`)
}
