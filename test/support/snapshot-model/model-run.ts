import type { EncodedRecords } from '../../../kafka/log.ts'
import { encodeHeaders } from '../../../kafka/record-headers.ts'
import { recordSpan } from '../../../kafka/record-span.ts'
import { keyText } from '../../../connectors/snapshot/published-change.ts'
import { waitingSnapshot } from '../../../connectors/snapshot/ledger.ts'
import { SnapshotScheduler } from '../../../connectors/snapshot/snapshot-scheduler.ts'
import type { SnapshotTable, Taken } from '../../../connectors/snapshot/snapshot-table.ts'
import type { Visibility } from '../../../connectors/source.ts'
import type { SnapshotState } from '../../../schemas/state.ts'
import type { Choices } from './choices.ts'
import { decode, encodeEvent, type ModelRecord, overlayRecords } from './model-codec.ts'
import { type ModelDatabase, type ModelEvent, modelVisibility, type TableName } from './model-database.ts'
import { keyBytes, ModelReader, partitionCount, partitionOf } from './model-reader.ts'
import { recordsOf } from './model-records.ts'
import type { ModelRules } from './model-rules.ts'

/** Records by topic and partition. */
type Topics = Record<TableName, ModelRecord[][]>
/** What is durable: one Kafka transaction replaces all of it. */
interface Durable {
  readonly position: Place
  readonly invisible: readonly string[]
  readonly states: ReadonlyMap<TableName, SnapshotState>
}
/** Entries of the log that are published, and events of the next one. */
interface Place {
  entries: number
  events: number
}
interface InFlight {
  readonly events: readonly [TableName, number, ModelRecord][]
  readonly taken: Taken
  readonly durable: Durable
}

/** How often the interesting things happened. */
export interface Seen {
  dropped: number
  folded: number
  remembered: number
  truncatedInWindow: number
  truncatedInScan: number
  crashesInChunk: number
  crashesInScan: number
  heldBack: number
  publishedInvisible: number
}
export const nothingSeen = (): Seen => ({
  dropped: 0,
  folded: 0,
  remembered: 0,
  truncatedInWindow: 0,
  truncatedInScan: 0,
  crashesInChunk: 0,
  crashesInScan: 0,
  heldBack: 0,
  publishedInvisible: 0,
})

const names: readonly TableName[] = ['keyed', 'bag']

/** The real scheduler between a modelled source and a modelled Kafka; each call is one step of somebody. */
export class ModelRun {
  readonly database: ModelDatabase
  readonly kafka: Topics = { keyed: partitions(), bag: partitions() }
  readonly #rules: ModelRules
  readonly #seen: Seen
  readonly #since: bigint
  #durable: Durable
  #scheduler: SnapshotScheduler
  #readers: ModelReader[] = []
  #place: Place
  #batch: [TableName, number, ModelRecord][] = []
  #late: (() => void)[] = []
  #inFlight: InFlight | null = null
  #probe: Visibility | null = null
  #marking: { readonly waiting: { place(marker: bigint): void }; readonly at: bigint } | null = null
  #published: { table: TableName; id: bigint }[] = []

  /** The stream begins where the database's log ends now. */
  constructor(database: ModelDatabase, rules: ModelRules, seen: Seen) {
    this.database = database
    this.#rules = rules
    this.#seen = seen
    this.#since = rules.since(database.nextId)
    this.#place = { entries: database.log.length, events: 0 }
    this.#durable = { position: { ...this.#place }, invisible: [], states: new Map() }
    this.#scheduler = this.#start()
  }

  get copied(): boolean {
    return this.#scheduler.finished && this.#inFlight === null
  }

  get drained(): boolean {
    return this.#durable.position.entries === this.database.log.length
  }

  /** The next event of the log goes into the batch. */
  publish(): void {
    const entry = this.database.log[this.#place.entries]
    if (entry === undefined || this.#scheduler.paused) return
    const event = entry.events[this.#place.events]
    if (event === undefined) {
      this.#place = { entries: this.#place.entries + 1, events: 0 }
      return
    }
    this.#place = { entries: this.#place.entries, events: this.#place.events + 1 }
    if (event.table === 'bag') this.#publishBag(event, entry.id)
    else this.#publishKeyed(event, entry.id)
    this.#published.push({ table: event.table, id: entry.id })
    if (this.database.invisible.includes(entry.id)) this.#seen.publishedInvisible++
  }

  /** Closes the batch, or ends the Kafka transaction that is on its way. */
  commit(): void {
    if (this.#inFlight !== null) return this.#committed(this.#inFlight)
    const taken = this.#scheduler.take(BigInt(this.#place.entries), 1 << 20)
    this.#tellLate(0)
    const states = new Map(this.#durable.states)
    for (const state of taken.states) states.set(state.table.name === 'bag' ? 'bag' : 'keyed', state)
    const durable = { position: { ...this.#place }, invisible: this.#scheduler.invisible(), states }
    this.#inFlight = { events: this.#batch, taken, durable }
    this.#batch = []
  }

  /** Takes a snapshot for the probe, or tells of the one that was taken. */
  probe(): void {
    if (this.#probe !== null) this.#scheduler.visible(this.#rules.probed(this.#probe))
    this.#probe = this.#probe === null ? this.database.snapshot() : null
  }

  /** Asks for a marker and writes it, or tells where it is. */
  mark(): void {
    if (this.#marking === null) {
      const waiting = this.#scheduler.marking()
      if (waiting !== null) this.#marking = { waiting, at: this.database.mark() }
      return
    }
    this.#marking.waiting.place(this.#marking.at)
    this.#marking = null
  }

  read(choices: Choices): void {
    const reader = this.#readers[choices.below(this.#readers.length)]
    if (reader === undefined) return
    if (reader.task === null) {
      const task = this.#scheduler.next()
      if (task !== null) reader.begin(task, choices)
      return
    }
    const wasOpen = reader.isOpen
    reader.step(this.database, choices, visibility => this.#rules.opened(visibility, this.database))
    if (!wasOpen && reader.isOpen) this.#countRemembered(reader)
  }

  /** Only what a Kafka transaction has stored is left. */
  crash(): void {
    for (const { task } of this.#readers) {
      if (task?.kind === 'chunk') this.#seen.crashesInChunk++
      if (task?.kind === 'scan') this.#seen.crashesInScan++
    }
    this.#place = { ...this.#durable.position }
    this.#batch = []
    this.#late = []
    this.#inFlight = null
    this.#probe = null
    this.#marking = null
    this.#published = []
    this.#scheduler = this.#start()
  }

  /** A table's shape changes: whatever is being read of it is read again. */
  alter(choices: Choices): void {
    this.#scheduler.changed(tableOf(names[choices.below(2)] ?? 'keyed'))
  }

  #start(): SnapshotScheduler {
    this.#readers = [new ModelReader(), new ModelReader(), new ModelReader()]
    const scheduler = new SnapshotScheduler({
      readers: 3,
      budgetBytes: 1 << 20,
      heldEventBytes: 1 << 20,
      chunk: { bytes: 1 << 20, seconds: 1 },
      invisible: this.#rules.inherited(this.#durable.invisible),
      visibility: modelVisibility,
    })
    for (const name of names) {
      const stored = this.#durable.states.get(name)
      scheduler.add(
        tableOf(name),
        stored ?? waitingSnapshot({ schema: 's', name }, this.#since),
        stored !== undefined,
      )
    }
    return scheduler
  }

  #publishKeyed(event: ModelEvent, transaction: bigint): void {
    const record = decode(encodeEvent(event))
    if (event.op === 't') return this.#publishTruncate(record, transaction)
    const key = (event.row ?? event.before)?.key ?? -1
    this.#batch.push(['keyed', partitionOf(key), record])
    const text = keyText(recordSpan(keyBytes(key), null))
    const change = {
      table: 'keyed',
      transaction,
      oldKey: event.op === 'c' ? null : text,
      newKey: event.op === 'd' ? null : text,
      partial: event.absent === null ? null : encodeEvent(event),
    }
    this.#tell(() => this.#scheduler.published(this.#rules.change(change)))
  }

  #publishTruncate(record: ModelRecord, transaction: bigint): void {
    for (let partition = 0; partition < partitionCount; partition++)
      this.#batch.push(['keyed', partition, record])
    if (this.#isNewerThanReading('chunk', transaction)) this.#seen.truncatedInWindow++
    this.#tell(() => this.#scheduler.truncated({ table: 'keyed', transaction }))
  }

  #publishBag(event: ModelEvent, transaction: bigint): void {
    const { value, headers } = encodeEvent(event)
    const head = { table: 'bag', op: event.op, transaction }
    const now = this.#scheduler.keyless(head, recordSpan(null, value), headers && encodeHeaders(headers))
    if (!now) {
      this.#seen.heldBack++
      return
    }
    if (event.op === 't' && this.#isNewerThanReading('scan', transaction)) this.#seen.truncatedInScan++
    const places = event.op === 't' ? partitionCount : 1
    for (let partition = 0; partition < places; partition++)
      this.#batch.push(['bag', partition, decode({ value, headers })])
  }

  #isNewerThanReading(kind: 'chunk' | 'scan', transaction: bigint): boolean {
    return this.#readers.some(
      reader => reader.task?.kind === kind && reader.isOpen && reader.snapshot?.sees(transaction) === false,
    )
  }

  #tell(say: () => void): void {
    this.#late.push(say)
    this.#tellLate(this.#rules.late)
  }

  #tellLate(left: number): void {
    while (this.#late.length > left) this.#late.shift()?.()
  }

  #committed({ events, taken, durable }: InFlight): void {
    for (const [table, partition, record] of events) this.kafka[table][partition]?.push(record)
    for (const rows of taken.rows) {
      this.#seen.dropped += rows.dropped
      this.#seen.folded += rows.folded
      for (const records of rows.batches) this.#append(records)
    }
    this.#durable = durable
    this.#inFlight = null
    taken.committed()
  }

  #append(records: EncodedRecords): void {
    const table = records.topic === 'bag' ? 'bag' : 'keyed'
    this.kafka[table][records.partition]?.push(...recordsOf(records).map(decode))
  }

  #countRemembered(reader: ModelReader): void {
    const table = reader.task?.kind === 'scan' ? 'bag' : 'keyed'
    for (const event of this.#published)
      if (event.table === table && reader.snapshot?.sees(event.id) === false) this.#seen.remembered++
  }
}

function tableOf(name: TableName): SnapshotTable {
  return {
    id: name,
    topic: name,
    partitions: partitionCount,
    overlay: overlayRecords,
    refuses: () => false,
    truncate: () => encodeEvent({ table: name, op: 't', row: null, before: null, absent: null, write: 0 }),
    schema: {
      table: { schema: 's', name },
      columns: [],
      key: name === 'keyed' ? ['key'] : [],
      identity: name === 'keyed' ? 'default' : 'full',
      requires: [],
      primaryKey: null,
      secondary: [],
    },
  }
}

const partitions = (): ModelRecord[][] => Array.from({ length: partitionCount }, () => [])
