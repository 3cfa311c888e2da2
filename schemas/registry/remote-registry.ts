import * as z from 'zod'
import { MigrationError } from '../../core/errors.ts'
import { sleep } from '../../core/time.ts'
import { avroObject } from './avro-object.ts'
import { cachedRegistry } from './cached-registry.ts'
import { callRegistry, type RegistryConnection } from './call-registry.ts'
import type { SchemaRegistry } from './schema-registry.ts'

const registered = z.object({ id: z.int() })
const stored = z.object({
  schema: z.string(),
  schemaType: z.string().nullish(),
  references: z.array(z.unknown()).nullish(),
})

/** An address may stand for several instances, and each reads by itself what another one has registered. */
const UNKNOWN_PATIENCE_MS = 10_000
const UNKNOWN_WAIT_MS = 100
const never = new AbortController().signal

/** Any registry that speaks Confluent's REST interface. An id is unknown when it still is after `unknownPatienceMs`. */
export function remoteRegistry(
  connection: RegistryConnection,
  unknownPatienceMs = UNKNOWN_PATIENCE_MS,
): SchemaRegistry {
  return cachedRegistry({
    async register(subject, schema) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`
      const what = `subject ${subject}`
      const answer = await callRegistry(connection, what, { path, body: { schema: JSON.stringify(schema) } })
      return understood(registered, answer, what).id
    },
    async schema(id) {
      const what = `schema ${id}`
      const ask = () => callRegistry(connection, what, { path: `/schemas/ids/${id}` })
      const answer = await onceKnown(ask, unknownPatienceMs)
      const { schema, schemaType, references } = understood(stored, answer, what)
      if ((schemaType ?? 'AVRO') !== 'AVRO' || (references ?? []).length > 0) {
        const kind = `${schemaType ?? 'AVRO'} with ${references?.length ?? 0} references`
        throw new MigrationError('registry.refused', `${what} is ${kind}, not Avro of its own`)
      }
      return avroObject(schema)
    },
  })
}

async function onceKnown<T>(ask: () => Promise<T>, patienceMs: number): Promise<T> {
  const until = performance.now() + patienceMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const unknown = error instanceof MigrationError && error.code === 'registry.schema_unknown'
      if (!unknown || performance.now() >= until) throw error
    }
    await sleep(UNKNOWN_WAIT_MS, never)
  }
}

function understood<T>(shape: z.ZodType<T>, answer: unknown, what: string): T {
  const result = shape.safeParse(answer)
  if (result.success) return result.data
  throw new MigrationError('registry.refused', `What answers for ${what} is not a schema registry`, {
    cause: result.error,
  })
}
