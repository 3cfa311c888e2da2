import type { SchemaRegistry } from './schema-registry.ts'

/** Remembers every answer for ever, since ids never change, and asks for the same thing once at a time. Failures are not remembered. */
export function cachedRegistry(registry: SchemaRegistry): SchemaRegistry {
  const ids = new Map<string, Promise<number>>()
  const schemas = new Map<number, Promise<object>>()
  return {
    register(subject, schema) {
      const key = JSON.stringify([subject, schema])
      return remembered(ids, key, () => registry.register(subject, schema))
    },
    schema: id => remembered(schemas, id, () => registry.schema(id)),
  }
}

function remembered<K, V>(cache: Map<K, Promise<V>>, key: K, ask: () => Promise<V>): Promise<V> {
  const known = cache.get(key)
  if (known !== undefined) return known
  const answer = ask()
  cache.set(key, answer)
  answer.catch(() => cache.delete(key))
  return answer
}
