import type { PublishedChange } from '../../../connectors/snapshot/published-change.ts'
import type { Visibility } from '../../../connectors/source.ts'
import type { ModelDatabase } from './model-database.ts'

/** Where a run hands things to the snapshot: the place to break a rule. */
export interface ModelRules {
  /** What the snapshot is told about a reader's snapshot, just taken. */
  readonly opened: (visibility: Visibility, database: ModelDatabase) => Visibility
  /** What it is told about the probe's. */
  readonly probed: (visibility: Visibility) => Visibility
  readonly change: (change: PublishedChange) => PublishedChange
  /** Events of the batch that is being committed which are told only after its rows were taken. */
  readonly late: number
  /** For tables that are new: the id below which a snapshot must see everything. */
  readonly since: (nextId: bigint) => bigint
  readonly inherited: (invisible: readonly string[]) => readonly string[]
}

export const rightRules: ModelRules = {
  opened: visibility => visibility,
  probed: visibility => visibility,
  change: change => change,
  late: 0,
  since: nextId => nextId,
  inherited: invisible => invisible,
}

/** Each must be found out. */
export const brokenRules: Readonly<Record<string, ModelRules>> = {
  'the place in the log decides instead of visibility': {
    ...rightRules,
    opened: (visibility, database) => {
      const committed = new Set(database.log.map(({ id }) => id))
      return { ...visibility, sees: id => committed.has(id) }
    },
  },
  'a partial event drops the row': { ...rightRules, change: change => ({ ...change, partial: null }) },
  'a window closes one event early': { ...rightRules, late: 1 },
  'published events are not remembered': {
    ...rightRules,
    probed: visibility => ({ ...visibility, sees: () => true }),
  },
  'the first snapshot may miss what was committed before the stream began': {
    ...rightRules,
    since: () => 0n,
  },
  'a restart does not wait for what was published': { ...rightRules, inherited: () => [] },
}
