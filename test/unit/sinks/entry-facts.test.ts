import { expect, test } from 'vitest'
import { EntryFacts } from '../../../sinks/entry-facts.ts'

const width = 3

/** Entry n has the numbers n, n + 0.1 and so on, in tenths. */
function factsOf(count: number, room: number, from = 0): EntryFacts {
  const facts = new EntryFacts(width, room)
  for (let entry = from; entry < from + count; entry++) {
    const start = facts.append()
    for (let fact = 0; fact < width; fact++) facts.values[start + fact] = entry * 10 + fact
  }
  return facts
}

const wanted = (count: number) =>
  Array.from({ length: count * width }, (_, i) => Math.floor(i / width) * 10 + (i % width))

test.each([0, 1, 4, 1000])(
  'the facts of entries stay what they are while room is made, from room for %i on',
  room => {
    const { values } = factsOf(1000, room)
    expect([...values.subarray(0, 1000 * width)]).toEqual(wanted(1000))
  },
)

test('the facts of a later batch come behind those that are there, whatever its room', () => {
  const facts = factsOf(5, 7)
  facts.appendAll(factsOf(200, 500, 5))
  expect(facts.append()).toBe(205 * width)
  expect([...facts.values.subarray(0, 205 * width)]).toEqual(wanted(205))
})
