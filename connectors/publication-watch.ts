import type { Service } from '../core/service.ts'
import { every } from '../core/time.ts'
import type { TableState } from '../schemas/state.ts'
import type { CapturedTables } from './captured-tables.ts'
import { publicationChanged, unpublished } from './refuse-gaps.ts'
import type { Probe, SourceConnector } from './source.ts'

const intervalMs = 5_000

/** Halts when the log stops telling of a captured table, or of all that happens to it, which it does without a word. */
export function publicationWatch(source: SourceConnector, probe: Probe, tables: CapturedTables): Service {
  return {
    name: 'publication watch',
    async run(signal) {
      for await (const _ of every(intervalMs, signal)) {
        const published = await probe.published()
        const known = [...tables.byId.values()].map(({ state }) => state)
        const gone = unpublished(known, published)
        if (gone !== null) await refuse(source, gone, signal)
      }
    },
  }
}

/** Throws `source.table_missing` for a table that was dropped. */
async function refuse(source: SourceConnector, state: TableState, signal: AbortSignal): Promise<never> {
  await source.describe([state.schema.table], signal)
  throw publicationChanged(state)
}
