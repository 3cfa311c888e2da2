import { cachedRegistry } from './cached-registry.ts'
import { RegistryRefusal } from './refusal.ts'
import { errorOfRefusal } from './refusal-error.ts'
import { registerSchema } from './register-schema.ts'
import { schemaWithId } from './look-up.ts'
import type { RegistryCore } from './registry-core.ts'
import type { SchemaRegistry } from './schema-registry.ts'

/** The registry of this very process, without a network between. */
export function localRegistry(core: Pick<RegistryCore, 'readSettled' | 'write'>): SchemaRegistry {
  return cachedRegistry({
    register: (subject, schema) =>
      translated(`subject ${subject}`, async () => {
        const text = JSON.stringify(schema)
        return (await core.write(state => registerSchema(state, subject, text))).id
      }),
    schema: id => translated(`schema ${id}`, async () => schemaWithId(core, id)),
  })
}

async function translated<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof RegistryRefusal ? errorOfRefusal(error, what) : error
  }
}
