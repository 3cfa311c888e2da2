import type { EnvelopeView } from '../schemas/decoder.ts'
import type { TableVersion } from './table-version.ts'

/** Reads the events of one version of a table; the view is overwritten by each event. */
export interface TableReader {
  readonly version: TableVersion
  readonly view: EnvelopeView
}

/** The versions met so far, by topic and schema id. */
export interface TableReaders {
  get(topic: string, schemaId: number): TableReader | undefined
}

export function tableReader(version: TableVersion): TableReader {
  const columns = version.decoder.columns.length
  const spans = () => ({ starts: new Int32Array(columns), ends: new Int32Array(columns) })
  return {
    version,
    view: {
      op: 'r',
      hasBefore: false,
      hasAfter: false,
      before: spans(),
      after: spans(),
      previousCommit: -1n,
      totalOrder: 0,
      committedAtMs: 0,
    },
  }
}
