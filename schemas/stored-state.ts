import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import type { FetchedBatch, Log } from '../kafka/log.ts'
import { RecordCursor } from '../kafka/record-cursor.ts'
import type { ConnectorState, SnapshotState, StateRecord, TableState } from '../schemas/state.ts'

/** What the state topic says about a migration: the newest record per key. */
export interface StoredState {
  connector: ConnectorState | null
  readonly tables: Map<string, TableState>
  readonly snapshots: Map<string, SnapshotState>
}

/** Follows the state topic: each call reads what came since the last one. */
export class StateReader {
  readonly state: StoredState = { connector: null, tables: new Map(), snapshots: new Map() }
  readonly #log: Log
  readonly #topic: string
  readonly #cursor = new RecordCursor()
  #offset = 0n

  constructor(log: Log, topic: string) {
    this.#log = log
    this.#topic = topic
  }

  async refresh(signal: AbortSignal): Promise<StoredState> {
    const from = { topic: this.#topic, partition: 0, offset: this.#offset }
    this.#offset = await this.#log.readToEnd(from, batch => this.#take(batch), signal)
    return this.state
  }

  #take(batch: FetchedBatch): void {
    const cursor = this.#cursor
    cursor.open(batch)
    while (cursor.next()) {
      const key = batch.bytes.toString('utf8', cursor.keyStart, cursor.keyEnd)
      if (cursor.valueStart < 0) forget(this.state, key)
      else apply(this.state, parse(batch, cursor, key))
    }
  }
}

/** The key under which a record is compacted. */
export function stateKey(record: StateRecord): string {
  switch (record.kind) {
    case 'connector':
      return 'connector'
    case 'table':
      return `table/${tableId(record.schema.table)}`
    case 'snapshot':
      return `snapshot/${tableId(record.table)}`
  }
}

function parse(batch: FetchedBatch, cursor: RecordCursor, key: string): StateRecord {
  const text = batch.bytes.toString('utf8', cursor.valueStart, cursor.valueEnd)
  try {
    // Written by the connector alone; its own key and format number guard against others.
    const record = JSON.parse(text) as StateRecord
    if (record.format === 1 && stateKey(record) === key) return record
  } catch {
    // Said below.
  }
  throw new MigrationError(
    'state.unreadable',
    `${batch.topic} holds a record "${key}" that is none of this version's`,
    { details: { topic: batch.topic } },
  )
}

function apply(state: StoredState, record: StateRecord): void {
  switch (record.kind) {
    case 'connector':
      state.connector = record
      return
    case 'table':
      state.tables.set(tableId(record.schema.table), record)
      return
    case 'snapshot':
      state.snapshots.set(tableId(record.table), record)
  }
}

function forget(state: StoredState, key: string): void {
  if (key === 'connector') state.connector = null
  if (key.startsWith('table/')) state.tables.delete(key.slice('table/'.length))
  if (key.startsWith('snapshot/')) state.snapshots.delete(key.slice('snapshot/'.length))
}
