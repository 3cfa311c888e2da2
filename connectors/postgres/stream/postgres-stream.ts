import type { Position } from '../../../core/position.ts'
import type { TableRef } from '../../../core/table-ref.ts'
import type { ConnectionOptions } from '../../../databases/postgres/connection-options.ts'
import type { CopyBoth } from '../../../databases/postgres/copy-both.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { withoutNumbers } from '../../refuse-renamed.ts'
import { resumePointOf } from '../../resume-point.ts'
import type { ChangeStream, LogMessage, RelationMessage } from '../../source.ts'
import { CapturedRelations } from './captured-relations.ts'
import type { Seen } from './column-numbers.ts'
import { ColumnWatch } from './column-watch.ts'
import { MessageReader } from './message-reader.ts'
import type { Relation } from './relation.ts'
import { schemaOfRelation } from './relation-schema.ts'
import { frameType } from './replication-frame.ts'
import { Standing } from './standing.ts'
import { withSession } from '../../../databases/postgres/with-session.ts'

export interface StreamStart {
  /** For describing tables whose shape changes. */
  readonly connection: ConnectionOptions
  readonly tables: readonly TableSchema[]
  readonly seen: Seen
  /** What is durable already. */
  readonly after: bigint
  /** Commit of the transaction that is published in part; null between transactions. */
  readonly partly: bigint | null
  readonly signal: AbortSignal
}

const keepaliveReplyOffset = 17

/** The changes that a replication connection delivers. */
export class PostgresStream implements ChangeStream {
  readonly #copy: CopyBoth
  readonly #start: StreamStart
  readonly #relations: CapturedRelations
  readonly #reader: MessageReader
  readonly #standing: Standing
  readonly #columns: ColumnWatch
  #announcement: RelationMessage | null = null
  /** Commit of the transaction that is read again from its beginning. */
  #repeated: bigint | null

  constructor(copy: CopyBoth, start: StreamStart) {
    this.#copy = copy
    this.#start = start
    this.#relations = new CapturedRelations(start.tables)
    const schemaOf = (table: TableRef) => this.#relations.schemaOf(table)
    this.#columns = new ColumnWatch({ ...start, seen: start.seen.columns, schemaOf })
    this.#reader = new MessageReader(this.#relations, table => this.#columns.announced(table))
    this.#repeated = start.partly
    this.#standing = new Standing(copy, start.after)
  }

  get queuedBytes(): number {
    return this.#copy.queuedBytes
  }

  next(): LogMessage | null {
    this.#columns.throwFailure()
    const announcement = this.#announcement
    this.#announcement = null
    if (announcement !== null) return announcement
    while (this.#reader.changed === null && this.#copy.take()) {
      const message = this.#read()
      if (message === null) continue
      this.#passed(message)
      return message
    }
    return null
  }

  async more(timeoutMs: number): Promise<void> {
    const changed = this.#reader.changed
    if (changed === null) await this.#copy.arrival(timeoutMs, this.#start.signal)
    else await this.#describe(changed)
  }

  acknowledge(through: Position): void {
    this.#standing.confirm(resumePointOf(through).after)
  }

  async close(): Promise<void> {
    this.#standing.stop()
    await this.#columns.close()
    await this.#copy.close()
  }

  #read(): LogMessage | null {
    const { buffer, start } = this.#copy
    if (buffer[start] === frameType.walData) return this.#reader.read(buffer, start)
    if (buffer[start] === frameType.keepalive && buffer[start + keepaliveReplyOffset] === 1)
      this.#standing.answer()
    return null
  }

  async #describe(relation: Relation): Promise<void> {
    const { connection, signal } = this.#start
    const known = this.#knownOf(relation)
    const schema = await withSession(connection, signal, client => schemaOfRelation(client, relation, known))
    if (this.#relations.adopt(relation, schema)) this.#announcement = { kind: 'relation', schema }
    this.#reader.changed = null
  }

  #passed(message: LogMessage): void {
    if (message.kind === 'begin' && message.commit >= this.#start.seen.head) this.#relations.caughtUp()
    if (message.kind === 'commit' && message.commit === this.#repeated) this.#repeated = null
  }

  /** In a transaction that is read again, a column that the log does not tell yet may be one that this transaction adds. */
  #knownOf(relation: Relation): TableSchema | undefined {
    const known = this.#relations.schemaOf(relation)
    return known === undefined || this.#repeated === null ? known : withoutNumbers(known)
  }
}
