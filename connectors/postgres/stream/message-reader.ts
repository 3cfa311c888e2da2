import { LastView } from '../../../core/byte-view.ts'
import { MigrationError } from '../../../core/errors.ts'
import type { TableRef } from '../../../core/table-ref.ts'
import type { BeginMessage, CommitMessage, LogMessage, RowMessage, TruncateMessage } from '../../source.ts'
import type { CapturedRelation, CapturedRelations } from './captured-relations.ts'
import { type Relation, readRelation } from './relation.ts'
import { toUnixUs, walHeaderBytes } from './replication-frame.ts'
import { fillUnchanged, readTuple } from './tuple.ts'

/** First bytes of pgoutput's messages. */
const type = {
  begin: 0x42,
  commit: 0x43,
  origin: 0x4f,
  relation: 0x52,
  typeName: 0x59,
  insert: 0x49,
  update: 0x55,
  delete: 0x44,
  truncate: 0x54,
  logical: 0x4d,
} as const
const oldRow = 0x4f
const oldKey = 0x4b
const noBytes = Buffer.alloc(0)

/** Reads pgoutput's messages, protocol 1. Gives the same objects again and again. */
export class MessageReader {
  /** Set when the last message was of a table whose shape has changed; reading may go on once `relations` adopted it. */
  changed: Relation | null = null
  readonly #relations: CapturedRelations
  readonly #announced: (table: TableRef) => void
  readonly #begin: BeginMessage = { kind: 'begin', transactionId: 0, commit: 0n, committedAtUs: 0n }
  readonly #commit: CommitMessage = { kind: 'commit', commit: 0n, end: 0n }
  readonly #row: RowMessage = {
    kind: 'row',
    table: { schema: '', name: '' },
    op: 'c',
    after: null,
    before: null,
    beforeIsKey: false,
    lsn: 0n,
    index: 0,
  }
  readonly #views = new LastView()
  #index = 0
  /** The table of the last row. */
  #current: CapturedRelation | null = null

  /** `announced` is told of tables that are announced in the shape that is known. */
  constructor(relations: CapturedRelations, announced: (table: TableRef) => void = () => undefined) {
    this.#relations = relations
    this.#announced = announced
  }

  /** Reads the message in the frame of WAL data at `frame`. Null: it says nothing to anybody, or `changed` is set. */
  read(buffer: Buffer, frame: number): LogMessage | null {
    const view = this.#views.of(buffer)
    const lsn = view.getBigUint64(frame + 1)
    const at = frame + walHeaderBytes
    switch (buffer[at] ?? 0) {
      case type.insert:
        return this.#insert(buffer, view, at, lsn)
      case type.update:
        return this.#update(buffer, view, at, lsn)
      case type.delete:
        return this.#delete(buffer, view, at, lsn)
      case type.begin:
        return this.#beginMessage(view, at)
      case type.commit:
        return this.#commitMessage(view, at)
      case type.truncate:
        return this.#truncate(view, at, lsn)
      case type.relation:
        return this.#relation(readRelation(buffer, at + 1))
      case type.origin:
      case type.typeName:
      case type.logical:
        return null
    }
    throw new MigrationError(
      'source.log_undecodable',
      `a message of type ${buffer[at]} in the replication stream`,
    )
  }

  #beginMessage(view: DataView, at: number): BeginMessage {
    this.#index = 0
    this.#begin.commit = view.getBigUint64(at + 1)
    this.#begin.committedAtUs = toUnixUs(view.getBigInt64(at + 9))
    this.#begin.transactionId = view.getUint32(at + 17)
    return this.#begin
  }

  #commitMessage(view: DataView, at: number): CommitMessage {
    this.#commit.commit = view.getBigUint64(at + 2)
    this.#commit.end = view.getBigUint64(at + 10)
    return this.#commit
  }

  #relation(relation: Relation): null {
    const announced = this.#relations.announce(relation)
    if (announced === 'changed') this.changed = relation
    if (announced === 'known') this.#announced(relation)
    return null
  }

  #insert(buffer: Buffer, view: DataView, at: number, lsn: bigint): RowMessage | null {
    const relation = this.#counted(view, at)
    if (relation === null) return null
    readTuple(buffer, view, at + 6, relation.after)
    return this.#rowMessage('c', relation, lsn)
  }

  #update(buffer: Buffer, view: DataView, at: number, lsn: bigint): RowMessage | null {
    const relation = this.#counted(view, at)
    if (relation === null) return null
    const kind = buffer[at + 5]
    const hasOld = kind === oldRow || kind === oldKey
    const newAt = hasOld ? readTuple(buffer, view, at + 6, relation.before) : at + 5
    readTuple(buffer, view, newAt + 1, relation.after)
    if (hasOld) fillUnchanged(relation.after, relation.before)
    const row = this.#rowMessage('u', relation, lsn)
    row.before = hasOld ? relation.before : null
    row.beforeIsKey = hasOld && holdsKey(kind, relation)
    return row
  }

  #delete(buffer: Buffer, view: DataView, at: number, lsn: bigint): RowMessage | null {
    const relation = this.#counted(view, at)
    if (relation === null) return null
    readTuple(buffer, view, at + 6, relation.before)
    const row = this.#rowMessage('d', relation, lsn)
    row.after = null
    row.before = relation.before
    row.beforeIsKey = holdsKey(buffer[at + 5], relation)
    return row
  }

  #truncate(view: DataView, at: number, lsn: bigint): TruncateMessage | null {
    this.#index++
    const tables: TableRef[] = []
    const count = view.getInt32(at + 1)
    for (let i = 0; i < count; i++) {
      const relation = this.#relations.find(view.getUint32(at + 6 + 4 * i))
      if (relation !== null) tables.push(relation.table)
    }
    return tables.length === 0 ? null : { kind: 'truncate', tables, lsn, index: this.#index }
  }

  /** Every row message counts, also those of tables that are not captured. */
  #counted(view: DataView, at: number): CapturedRelation | null {
    this.#index++
    const relation = this.#relations.find(view.getUint32(at + 1))
    if (relation !== null && relation !== this.#current) this.#moveTo(relation)
    return relation
  }

  /** Lets go of the chunk in which the last table's row lay: kept for each table, they are a megabyte each. */
  #moveTo(relation: CapturedRelation): void {
    if (this.#current !== null) this.#current.before.buffer = this.#current.after.buffer = noBytes
    this.#current = relation
  }

  #rowMessage(op: RowMessage['op'], relation: CapturedRelation, lsn: bigint): RowMessage {
    const row = this.#row
    row.op = op
    row.table = relation.table
    row.after = relation.after
    row.before = null
    row.beforeIsKey = false
    row.lsn = lsn
    row.index = this.#index
    return row
  }
}

/** Whether an old row holds no more than its key. */
function holdsKey(kind: number | undefined, { oldRows }: CapturedRelation): boolean {
  return oldRows === 'keys' || (oldRows === 'as-told' && kind === oldKey)
}
