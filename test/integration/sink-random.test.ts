import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import type { SourceEvent } from '../support/source-topics.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const people = testTable(
  'people',
  [column('id', baseType('int4')), column('email', baseType('text')), column('note', baseType('text'))],
  ['id'],
)
const absent = { absent: true } as const

/** Small numbers that look random and are the same in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % sides
  }
}

/** A source whose rows swap, free and take unique values, all the time. */
class People {
  readonly rows = new Map<number, { email: string; note: string }>()
  readonly #roll: (sides: number) => number
  #next = 0

  constructor(seed: number) {
    this.#roll = dice(seed)
  }

  transaction(): SourceEvent[] {
    const ids = [...this.rows.keys()]
    const one = ids[this.#roll(Math.max(1, ids.length))]
    const other = ids[this.#roll(Math.max(1, ids.length))]
    const what = this.#roll(6)
    if (one === undefined || other === undefined || what === 0) return [this.#insert(this.#next++)]
    if (what === 1) return this.#moved(one)
    if (what === 2 && ids.length > 10) return [this.#deleted(one)]
    if (what === 3 && one !== other) return this.#swapped(one, other)
    this.#row(one).note = `n${this.#next++}`
    return [this.#updated(one, what === 4)]
  }

  #row(id: number): { email: string; note: string } {
    const row = this.rows.get(id)
    if (row === undefined) throw new RangeError(`no row ${id}`)
    return row
  }

  #swapped(one: number, other: number): SourceEvent[] {
    const { email } = this.#row(one)
    this.#row(one).email = this.#row(other).email
    this.#row(other).email = email
    return [this.#updated(one, false), this.#updated(other, false)]
  }

  #insert(id: number): SourceEvent {
    this.rows.set(id, { email: `e${id}`, note: `n${id}` })
    return { op: 'c', row: { id: `${id}`, ...this.rows.get(id) } }
  }

  #deleted(id: number): SourceEvent {
    this.rows.delete(id)
    return { op: 'd', old: { id: `${id}` } }
  }

  #moved(id: number): SourceEvent[] {
    const row = this.#row(id)
    const gone = this.#deleted(id)
    const to = this.#next++
    this.rows.set(to, row)
    return [gone, { op: 'c', row: { id: `${to}`, ...row } }]
  }

  /** `partial`: the unique column did not change and is not in the log. */
  #updated(id: number, partial: boolean): SourceEvent {
    const row = this.#row(id)
    return { op: 'u', row: { id: `${id}`, ...row, ...(partial ? { email: absent } : {}) } }
  }
}

async function followRandomly(seed: number) {
  const { topics, start, rows, client } = await sinkBench(servers().target)
  await client.query('CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, note text)')
  const table = await topics.table(people, 3)
  const source = new People(seed)
  start({ limits: { bytes: 4_000, events: 40 }, conflictPatienceMs: 200 })
  for (let round = 0; round < 400; round++) await topics.publish(table, source.transaction())
  const open = `SELECT code, status, message, requested_action, record_offset::int, partition FROM switchback.parked WHERE status IN ('parked', 'held')`
  const stored = async () => ({
    people: await rows('SELECT id, email, note FROM people ORDER BY id'),
    open: await rows(open).catch(() => []),
  })
  const wanted = [...source.rows].map(([id, { email, note }]) => [id, email, note] as const)
  const inOrder = wanted.toSorted(([a], [b]) => a - b)
  await expect.poll(stored, { interval: 100 }).toEqual({ people: inOrder, open: [] })
  return (await rows(`SELECT FROM switchback.parked WHERE code = 'sink.unique_conflict'`)).length
}

test('a table with a unique column ends as its source, whatever happens to it', async () => {
  let parkedForAWhile = 0
  for (let seed = 1; seed <= 6; seed++) parkedForAWhile += await followRandomly(seed)
  expect(parkedForAWhile).toBeGreaterThan(0)
})
