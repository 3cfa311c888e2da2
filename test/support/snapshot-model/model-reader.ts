import { recordSpan } from '../../../kafka/record-span.ts'
import { encodeHeaders } from '../../../kafka/record-headers.ts'
import type { ReaderTask, ChunkTask, ScanTask } from '../../../connectors/snapshot/reader-task.ts'
import type { Visibility } from '../../../connectors/source.ts'
import type { SegmentState } from '../../../schemas/state.ts'
import { type Choices } from './choices.ts'
import { encodeRow } from './model-codec.ts'
import type { ModelDatabase, ModelRow } from './model-database.ts'

export const partitionCount = 2
export const partitionOf = (key: number): number => key % partitionCount
export const keyBytes = (key: number): Buffer => Buffer.from(`key ${key}`)

type Job = Exclude<ReaderTask, { kind: 'plan' }>

/** A reader that does one small step of its task at a time. */
export class ModelReader {
  task: Job | null = null
  /** Taken in the database; null before. */
  snapshot: Visibility | null = null
  isOpen = false
  #rows: ModelRow[] = []
  #read = 0
  #opening = false
  #slicing = false
  #unwanted = false

  begin(task: ReaderTask, choices: Choices): void {
    if (task.kind === 'plan') return task.planned(10, modelSegments(choices))
    this.task = task
    this.snapshot = null
    this.isOpen = false
    this.#opening = false
    this.#read = 0
    this.#slicing = false
    this.#unwanted = false
  }

  /** `told` makes what the task hears of the snapshot. */
  step(database: ModelDatabase, choices: Choices, told: (visibility: Visibility) => Visibility): void {
    if (this.task === null || this.#slicing) return
    if (choices.below(40) === 39 || this.#unwanted) return this.#fail()
    if (!this.isOpen) this.#stepOpening(this.task, database, told)
    else if (this.task.kind === 'chunk') this.#stepChunk(this.task, choices)
    else this.#stepScan(this.task, choices)
  }

  #told: Visibility | null = null

  #stepOpening(task: Job, database: ModelDatabase, told: (visibility: Visibility) => Visibility): void {
    if (!this.#opening) {
      this.#opening = true
      task.opening()
    } else if (this.snapshot === null) {
      this.snapshot = database.snapshot()
      // A commit that comes between the snapshot and the telling must not change what was seen.
      this.#told = told(this.snapshot)
      this.#rows = database.rows(task.kind === 'scan' ? 'bag' : 'keyed', this.snapshot)
    } else {
      this.isOpen = true
      task.opened(this.#told ?? this.snapshot)
    }
  }

  #stepChunk(task: ChunkTask, choices: Choices): void {
    const left = this.#rows.filter(row => isIn(task.segment, row.key))
    const row = left[this.#read]
    if (row === undefined || (this.#read > 0 && choices.below(3) === 0)) {
      const last = left[this.#read - 1]
      const end = { lastKey: last ? [String(last.key)] : null, rows: this.#read, bytes: 1 }
      task.finished({ ...end, done: row === undefined }, 1)
      this.task = null
      return
    }
    const { value, headers } = encodeRow(row)
    const record = recordSpan(keyBytes(row.key), value)
    task.hold({
      partition: partitionOf(row.key),
      appendTo: batch => batch.append(record, headers && encodeHeaders(headers)),
    })
    this.#read++
  }

  #stepScan(task: ScanTask, choices: Choices): void {
    const row = this.#rows[this.#read++]
    if (row === undefined) {
      task.finished()
      this.task = null
      return
    }
    const record = recordSpan(null, encodeRow(row).value)
    task.hold({ partition: 0, appendTo: batch => batch.append(record, null) })
    if (choices.below(3) > 0) return
    this.#slicing = true
    void this.#slice(task)
  }

  async #slice(task: ScanTask): Promise<void> {
    const wanted = await task.slice()
    this.#slicing = false
    this.#unwanted = !wanted
  }

  #fail(): void {
    this.task?.failed()
    this.task = null
  }
}

function isIn({ from, to, cursor }: SegmentState, key: number): boolean {
  const low = Number((cursor ?? from)?.[0] ?? -1)
  return key > low && key <= Number(to?.[0] ?? Number.MAX_SAFE_INTEGER)
}

function modelSegments(choices: Choices): SegmentState[] {
  const cut = [String(2 + choices.below(6))]
  if (choices.below(3) === 0) return [{ from: null, to: null, cursor: null, done: false }]
  return [
    { from: null, to: cut, cursor: null, done: false },
    { from: cut, to: null, cursor: null, done: false },
  ]
}
