import { expect, test } from 'vitest'
import { spreadPartitions } from '../../../kafka/spread-partitions.ts'

test('every partition has one member, and loads differ by one at most', () => {
  const members = ['c', 'a', 'b'].map(memberId => ({ memberId, topics: ['x', 'y'] }))
  const spread = spreadPartitions(members, new Map(Object.entries({ x: 4, y: 3 })))
  const all = [...spread.values()].flat().map(({ topic, partition }) => `${topic}/${partition}`)
  expect(all.toSorted()).toEqual(['x/0', 'x/1', 'x/2', 'x/3', 'y/0', 'y/1', 'y/2'])
  const loads = [...spread.values()].map(partitions => partitions.length)
  expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
})

test('the order in which members are named does not matter', () => {
  const [a, b] = ['a', 'b'].map(memberId => ({ memberId, topics: ['x'] }))
  if (a === undefined || b === undefined) throw new Error('unreachable')
  const counts = new Map([['x', 5]])
  expect(spreadPartitions([a, b], counts)).toEqual(spreadPartitions([b, a], counts))
})

test('a member gets no partition of a topic that it did not ask for', () => {
  const members = [
    { memberId: 'a', topics: ['x'] },
    { memberId: 'b', topics: ['x', 'y'] },
  ]
  const spread = spreadPartitions(members, new Map(Object.entries({ x: 2, y: 2 })))
  expect(spread.get('a')?.every(({ topic }) => topic === 'x')).toBe(true)
})
