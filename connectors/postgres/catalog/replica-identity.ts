import type { ReplicaIdentity } from '../../../schemas/table-schema.ts'
import type { TableFacts } from './table-facts.ts'

/**
 * What the log will tell about old rows. A partitioned table's own setting means nothing: its partitions are what is
 * written to, and one without a usable identity makes updates through the root fail once they are published.
 */
export function replicaIdentity(table: TableFacts): ReplicaIdentity {
  if (table.kind === 'r') return ownIdentity(table)
  if (table.identifiedLeaves < table.leaves) return table.primaryColumns.length > 0 ? 'nothing' : 'default'
  if (table.leaves > 0 && table.fullLeaves === table.leaves) return 'full'
  return 'default'
}

const identities = { d: 'default', f: 'full', i: 'index', n: 'nothing' } as const

function ownIdentity(table: TableFacts): ReplicaIdentity {
  // An identity index that was dropped leaves the setting behind: the server then treats it as nothing.
  if (table.identity === 'i' && table.identityColumns.length === 0) return 'nothing'
  return identities[table.identity]
}

/** The columns that identify a row, in index order. */
export function keyColumns(table: TableFacts): readonly string[] {
  if (table.kind === 'r' && table.identity === 'i' && table.identityColumns.length > 0)
    return table.identityColumns
  return table.primaryColumns
}
