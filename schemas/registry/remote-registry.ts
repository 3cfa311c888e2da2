import * as z from 'zod'
import { MigrationError } from '../../core/errors.ts'
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

/** Any registry that speaks Confluent's REST interface. */
export function remoteRegistry(connection: RegistryConnection): SchemaRegistry {
  return cachedRegistry({
    async register(subject, schema) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`
      const what = `subject ${subject}`
      const answer = await callRegistry(connection, what, { path, body: { schema: JSON.stringify(schema) } })
      return understood(registered, answer, what).id
    },
    async schema(id) {
      const what = `schema ${id}`
      const answer = await callRegistry(connection, what, { path: `/schemas/ids/${id}` })
      const { schema, schemaType, references } = understood(stored, answer, what)
      if ((schemaType ?? 'AVRO') !== 'AVRO' || (references ?? []).length > 0) {
        const kind = `${schemaType ?? 'AVRO'} with ${references?.length ?? 0} references`
        throw new MigrationError('registry.refused', `${what} is ${kind}, not Avro of its own`)
      }
      return avroObject(schema)
    },
  })
}

function understood<T>(shape: z.ZodType<T>, answer: unknown, what: string): T {
  const result = shape.safeParse(answer)
  if (result.success) return result.data
  throw new MigrationError('registry.refused', `What answers for ${what} is not a schema registry`, {
    cause: result.error,
  })
}
