import { tableId } from '../core/table-ref.ts'
import type { ChangeDecoder } from '../schemas/decoder.ts'
import type { TableState } from '../schemas/state.ts'

/** A table as one writer schema has it: events with one schema id are read and applied by it. */
export interface TableVersion {
  readonly id: string
  readonly topic: string
  readonly schemaId: number
  /** The newest state known when this version was first met; its schema may be newer than the writer's. */
  readonly state: TableState
  readonly decoder: ChangeDecoder
  /** False: rows are a bag, told apart by nothing. */
  readonly keyed: boolean
  /** Numbers of the decoder's columns that are no part of the key; none without a key. */
  readonly besideKey: readonly number[]
}

export function tableVersion(state: TableState, schemaId: number, decoder: ChangeDecoder): TableVersion {
  const id = tableId(state.schema.table)
  const { key } = state.schema
  const keyed = key.length > 0
  const besideKey = [...decoder.columns.keys()].filter(
    column => keyed && !key.includes(decoder.columns[column]?.name ?? ''),
  )
  return { id, topic: state.topic, schemaId, state, decoder, keyed, besideKey }
}
