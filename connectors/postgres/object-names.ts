import { createHash } from 'node:crypto'

/** What a migration makes in its source. Names of two migrations never meet. */
export interface ObjectNames {
  readonly slot: string
  /** Of tables whose old rows the log can identify. */
  readonly publication: string
  /** Of tables without a key: it publishes no updates, so it cannot make the application's fail. */
  readonly insertsPublication: string
}

const plain = /^[a-z0-9_]{1,40}$/
// These endings are what we append ourselves.
const reserved = /(_inserts|_[0-9a-f]{12})$/

export function objectNames(migration: string): ObjectNames {
  const name = `switchback_${sanitized(migration)}`
  return { slot: name, publication: name, insertsPublication: `${name}_inserts` }
}

/** Slot names hold lower-case letters, digits and underscores; a name that had to be changed gets a digest of the original. */
function sanitized(migration: string): string {
  if (plain.test(migration) && !reserved.test(migration)) return migration
  const digest = createHash('sha256').update(migration).digest('hex').slice(0, 12)
  return `${migration
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, '_')
    .slice(0, 27)}_${digest}`
}
