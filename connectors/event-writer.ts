import { MigrationError } from '../core/errors.ts'
import type { RecordHeader } from '../kafka/record-headers.ts'
import { headerNames } from '../schemas/encoder.ts'
import { absentField, type FieldSlices } from '../schemas/field-slices.ts'
import { find } from './adopt-table.ts'
import { type CapturedTable, sameKey } from './captured-table.ts'
import { completed } from './completed-row.ts'
import { keyJson } from './key-json.ts'
import type { OversizeRecords } from './oversize.ts'
import type { PublishBatch } from './publish-batch.ts'
import { RecordComposer } from './record-composer.ts'
import type { RowlessTables } from './rowless-tables.ts'
import type { RowLookup, RowMessage, TruncateMessage } from './source.ts'
import type { TransactionCursor } from './transaction-cursor.ts'

/** What the snapshot makes of an event: it goes to Kafka now, or the snapshot keeps it back, or its row is in the copy already. */
export interface EventObserver {
  /** Told of the events of open tables. `record` is the event as it would be published; `partial`: columns are missing. True: publish it. */
  observe(table: CapturedTable, record: RecordComposer, effect: Effect): boolean
  /** True: publish the truncate. */
  truncated(table: CapturedTable, record: RecordComposer): boolean
  /** Whether rows of the table are still to be copied. */
  isOpen(table: CapturedTable): boolean
}
export type Effect = 'whole' | 'partial' | 'delete'

export interface EventParts {
  readonly observer: EventObserver
  readonly oversize: OversizeRecords
  readonly lookup: RowLookup
  readonly rowless: RowlessTables
  /** End of the source's log now. */
  readonly head: () => Promise<bigint>
}

const openHeader: readonly RecordHeader[] = [[headerNames.open, Buffer.from('true')]]

/** Turns row and truncate messages into records of a batch. */
export class EventWriter {
  batch: PublishBatch
  /** Microseconds since 1970; set once per batch. */
  seenAtUs = 0n
  readonly #tables: ReadonlyMap<string, CapturedTable>
  readonly #cursor: TransactionCursor
  readonly #parts: EventParts
  readonly #record = new RecordComposer()

  constructor(
    batch: PublishBatch,
    tables: ReadonlyMap<string, CapturedTable>,
    cursor: TransactionCursor,
    parts: EventParts,
  ) {
    this.batch = batch
    this.#tables = tables
    this.#cursor = cursor
    this.#parts = parts
  }

  /** What it returns must be awaited before the next message is taken. */
  row(message: RowMessage): Promise<void> | null {
    if (this.#cursor.isPublished(message.index)) return null
    const table = find(this.#tables, message.table)
    if (table === undefined) return null
    const { before, after, beforeIsKey } = message
    table.change.lsn = message.lsn
    if (after === null) this.#deleted(table, rowOf(table, before), beforeIsKey, null)
    else if (
      message.op === 'u' &&
      before !== null &&
      table.keyFields.length > 0 &&
      !sameKey(table, before, after)
    )
      return this.#moved(table, before, beforeIsKey, after)
    else this.#written(table, message.op, { before, beforeIsKey, after }, null)
    return null
  }

  truncate(message: TruncateMessage): void {
    if (this.#cursor.isPublished(message.index)) return
    for (const ref of message.tables) {
      const table = find(this.#tables, ref)
      if (table !== undefined) this.#truncated(table, message.lsn)
    }
  }

  #truncated(table: CapturedTable, lsn: bigint): void {
    table.change.lsn = lsn
    this.#number(table)
    set(table, 't', { before: null, beforeIsKey: false, after: null })
    this.#record.noKey()
    this.#record.value(table, table.change, null)
    if (!this.#parts.observer.truncated(table, this.#record)) return
    for (let partition = 0; partition < table.state.partitions; partition++)
      this.batch.append(table.state.topic, partition, this.#record, this.#record.headers)
  }

  /** A changed key is a delete of the old one and a create of the new one, as Debezium writes it. */
  #moved(
    table: CapturedTable,
    before: FieldSlices,
    beforeIsKey: boolean,
    after: FieldSlices,
  ): Promise<void> | null {
    this.#deleted(table, before, beforeIsKey, [[headerNames.newKey, keyJson(table, after)]])
    const headers: readonly RecordHeader[] = [[headerNames.oldKey, keyJson(table, before)]]
    if (hasAbsent(after)) return this.#movedInPart(table, after, headers)
    this.#created(table, after, headers)
    return null
  }

  /**
   * No row of the new key exists that the missing columns could be taken from. A row that is gone by now needs none: what
   * became of it follows in the log, before the present end.
   */
  async #movedInPart(
    table: CapturedTable,
    after: FieldSlices,
    headers: readonly RecordHeader[],
  ): Promise<void> {
    const { lookup, rowless, head } = this.#parts
    const whole = await completed(lookup, table, after, this.#cursor.origin.transactionId ?? 0)
    if (whole === null) rowless.gone(table.id, await head())
    if (whole === null) this.#created(table, after, [...headers, ...openHeader])
    else this.#created(table, whole, headers)
  }

  #created(table: CapturedTable, after: FieldSlices, headers: readonly RecordHeader[]): void {
    this.#written(table, 'c', { before: null, beforeIsKey: false, after }, headers)
  }

  #deleted(
    table: CapturedTable,
    before: FieldSlices,
    beforeIsKey: boolean,
    headers: readonly RecordHeader[] | null,
  ): void {
    this.#number(table)
    set(table, 'd', { before, beforeIsKey, after: null })
    this.#record.key(table, before)
    if (!this.#publish(table, before, 'delete', headers)) return
    this.#record.tombstone()
    this.batch.append(table.state.topic, this.#record.partition, this.#record, null)
  }

  #written(
    table: CapturedTable,
    op: 'c' | 'u' | 'd',
    row: ChangedRow & { readonly after: FieldSlices },
    headers: readonly RecordHeader[] | null,
  ): void {
    const partial = hasAbsent(row.after)
    const open = partial && op !== 'c' && this.#mayLackRow(table)
    this.#number(table)
    set(table, op, row)
    this.#record.key(table, row.after)
    const all = open ? [...(headers ?? []), ...openHeader] : headers
    this.#publish(table, row.after, partial ? 'partial' : 'whole', all)
  }

  #mayLackRow(table: CapturedTable): boolean {
    const { observer, rowless } = this.#parts
    return observer.isOpen(table) || rowless.has(table.id, table.change.lsn)
  }

  /**
   * Appends the event about `row` whose key is composed, with `headers` beside those that the envelope needs. False: it is put
   * aside, or the snapshot keeps it back.
   */
  #publish(
    table: CapturedTable,
    row: FieldSlices,
    effect: Effect,
    headers: readonly RecordHeader[] | null,
  ): boolean {
    const record = this.#record
    const { oversize, observer } = this.#parts
    if (!observer.isOpen(table)) return this.#place(table, row, headers)
    record.value(table, table.change, headers)
    if (oversize.refuses(table, record, row)) return false
    if (!observer.observe(table, record, effect)) return false
    this.batch.append(table.state.topic, record.partition, record, record.headers)
    return true
  }

  /** Composes the value where it is to lie, because nobody else has to see it. */
  #place(table: CapturedTable, row: FieldSlices, headers: readonly RecordHeader[] | null): boolean {
    const record = this.#record
    const writer = this.batch.writer(table.state.topic, record.partition)
    const before = writer.bytes
    record.valueIn(writer, table, table.change, headers)
    if (this.#parts.oversize.refuses(table, record, row)) return false
    writer.end(record.headers)
    this.batch.appended(writer, before)
    return true
  }

  #number(table: CapturedTable): void {
    const cursor = this.#cursor
    cursor.events++
    if (table.order.transaction !== cursor.number) {
      table.order.transaction = cursor.number
      table.order.count = 0
    }
    table.order.count++
    table.change.totalOrder = cursor.events
    table.change.collectionOrder = table.order.count
    table.change.origin = cursor.origin
    table.change.seenAtUs = this.seenAtUs
  }
}

interface ChangedRow {
  readonly before: FieldSlices | null
  readonly beforeIsKey: boolean
  readonly after: FieldSlices | null
}

function set(table: CapturedTable, op: 'c' | 'u' | 'd' | 't', row: ChangedRow): void {
  table.change.op = op
  table.change.before = row.before
  table.change.beforeIsKey = row.beforeIsKey
  table.change.after = row.after
}

function rowOf(table: CapturedTable, before: FieldSlices | null): FieldSlices {
  if (before !== null) return before
  throw new MigrationError('source.protocol', `a delete of ${table.id} arrived without its key`)
}

function hasAbsent(row: FieldSlices): boolean {
  for (let field = 0; field < row.count; field++) if (row.lengths[field] === absentField) return true
  return false
}
