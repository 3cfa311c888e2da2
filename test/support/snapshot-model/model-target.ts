import type { Choices } from './choices.ts'
import type { ModelRow } from './model-database.ts'
import type { ModelRecord } from './model-codec.ts'

/** Thrown when a target sees something that must not happen. */
export class BrokenPromise extends Error {}

/** A target of one topic: partitions advance independently, each in order; a truncate waits for all of them. */
export class ModelTarget {
  readonly rows = new Map<number, ModelRow>()
  readonly #goneAt = new Map<number, number>()
  #emptiedAt = 0

  apply(partitions: readonly (readonly ModelRecord[])[], choices: Choices): void {
    const next = partitions.map(() => 0)
    for (;;) {
      const open = partitions.flatMap((records, index) => {
        const record = records[next[index] ?? 0]
        return record === undefined || record.op === 't' ? [] : [{ record, index }]
      })
      const picked = open[choices.below(open.length)]
      if (picked === undefined && !this.#truncateAll(partitions, next)) return
      if (picked === undefined) continue
      next[picked.index] = (next[picked.index] ?? 0) + 1
      this.#applyRecord(picked.record)
    }
  }

  #truncateAll(partitions: readonly (readonly ModelRecord[])[], next: number[]): boolean {
    const waiting = partitions.filter((records, index) => records[next[index] ?? 0] !== undefined)
    if (waiting.length === 0) return false
    const write = waiting[0]?.[next[0] ?? 0]?.write ?? 0
    if (waiting.length < partitions.length) throw new BrokenPromise('a truncate is not in every partition')
    for (let index = 0; index < next.length; index++) next[index] = (next[index] ?? 0) + 1
    this.rows.clear()
    this.#emptiedAt = write
    this.#goneAt.clear()
    return true
  }

  #applyRecord(record: ModelRecord): void {
    const key = (record.row ?? record.before)?.key ?? -1
    const now = this.rows.get(key)
    if (record.op === 'd') {
      this.#goneAt.set(key, record.write)
      this.rows.delete(key)
      return
    }
    if (record.row === null) return
    if (record.absent.length > 0) {
      if (now !== undefined) this.rows.set(key, this.#overlaid(now, record))
      return
    }
    this.#mustNotBeOlder(record.row, now)
    this.rows.set(key, record.row)
  }

  #overlaid(now: ModelRow, record: ModelRecord): ModelRow {
    const row = { ...now }
    for (const column of ['a', 'b'] as const)
      if (!record.absent.includes(column)) row[column] = record.row?.[column] ?? 0
    if (row.a < now.a || row.b < now.b) throw new BrokenPromise(`key ${now.key} stepped back`)
    return row
  }

  #mustNotBeOlder(row: ModelRow, now: ModelRow | undefined): void {
    if (row.born < Math.max(this.#emptiedAt, this.#goneAt.get(row.key) ?? 0))
      throw new BrokenPromise(`key ${row.key} came back`)
    if (now !== undefined && (row.a < now.a || row.b < now.b))
      throw new BrokenPromise(`key ${row.key} stepped back`)
  }
}

/** A target of a topic without keys: every delete and update must find its row. */
export class ModelBag {
  readonly rows: ModelRow[] = []

  apply(records: readonly ModelRecord[]): void {
    for (const record of records) {
      if (record.op === 't') this.rows.length = 0
      if (record.before !== null) this.#remove(record.before)
      if (record.row !== null) this.rows.push(record.row)
    }
  }

  #remove(row: ModelRow): void {
    const at = this.rows.findIndex(other => other.key === row.key && other.a === row.a)
    if (at < 0) throw new BrokenPromise(`no row ${row.key} to change`)
    this.rows.splice(at, 1)
  }
}
