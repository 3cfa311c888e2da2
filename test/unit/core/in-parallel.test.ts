import { expect, test } from 'vitest'
import { inParallel } from '../../../core/in-parallel.ts'

test('everything is done, never more than the limit at once, and the results keep the order', async () => {
  let running = 0
  let most = 0
  const results = await inParallel([5, 4, 3, 2, 1, 0], 3, async item => {
    most = Math.max(most, ++running)
    for (let turns = 0; turns < item; turns++) await Promise.resolve()
    running--
    return item * 10
  })
  expect(results).toEqual([50, 40, 30, 20, 10, 0])
  expect(most).toBe(3)
})

test('a failure ends it when what was begun has ended, and nothing new is begun', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const work = async (item: number) => {
    begun.push(item)
    if (item === 1) throw new Error('no')
    for (let turns = 0; turns < 9; turns++) await Promise.resolve()
    ended.push(item)
  }
  await expect(inParallel([0, 1, 2, 3], 2, work)).rejects.toThrow('no')
  expect(begun).toEqual([0, 1])
  expect(ended).toEqual([0])
})
