import { MigrationError } from '../core/errors.ts'
import type { StoredState } from '../schemas/stored-state.ts'

/**
 * The records of the state topic are written together: where one of them is missing the connector would begin something anew
 * that is half published. Throws `state.incomplete`.
 */
export function refuseIncomplete({ connector, tables, snapshots }: StoredState): void {
  const missing = [
    ...(connector === null && tables.size > 0 ? ['connector'] : []),
    ...[...tables.keys()].filter(id => !snapshots.has(id)).map(id => `snapshot/${id}`),
    ...[...snapshots.keys()].filter(id => !tables.has(id)).map(id => `table/${id}`),
  ]
  const [first] = missing
  if (first !== undefined)
    throw new MigrationError('state.incomplete', `the state topic has lost its record "${first}"`, {
      details: { missing },
    })
}
