import { cachedRegistry } from './cached-registry.ts'
import { RegistryRefusal } from './refusal.ts'
import { errorOfRefusal } from './refusal-error.ts'
import { checkedSchema, registerSchema } from './register-schema.ts'
import { schemaWithId } from './look-up.ts'
import type { RegistryCore } from './registry-core.ts'
import type { RegistryState } from './registry-state.ts'
import type { RegistryDecision } from './schemas-topic-writer.ts'
import type { SchemaValue } from './topic-records.ts'
import type { SchemaRegistry } from './schema-registry.ts'

/** The registry of this very process, without a network between. */
export function localRegistry(core: Pick<RegistryCore, 'readSettled' | 'write'>): SchemaRegistry {
  return cachedRegistry({
    register: (subject, schema) =>
      translated(`subject ${subject}`, async () => {
        const canonical = checkedSchema(JSON.stringify(schema))
        return (await core.write(state => registerOwn(state, subject, canonical))).id
      }),
    schema: id => translated(`schema ${id}`, async () => schemaWithId(core, id)),
  })
}

/**
 * Our sinks read each event with the schema that it was written with, so any two versions get along; and a change of a
 * table that is refused here could not be taken back, since the source's log has it. An operator's level is kept.
 */
function registerOwn(
  state: RegistryState,
  subject: string,
  canonical: string,
): RegistryDecision<SchemaValue> {
  const decision = registerSchema(state, subject, canonical)
  const isNew = state.versions(subject).length === 0
  if (!isNew || state.level(subject) !== null || state.level(null) !== null) return decision
  return { ...decision, facts: [{ kind: 'config', subject, level: 'NONE' }, ...decision.facts] }
}

async function translated<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof RegistryRefusal ? errorOfRefusal(error, what) : error
  }
}
