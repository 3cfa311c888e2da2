import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { heapGrowthFlag } from '../../../cli/heap-growth.ts'

/** Collects all garbage beside a heap as large as ours, lets it grow, and prints how many times as large it was when V8 marked it again. */
const growth = `
const { PerformanceObserver, constants } = require('node:perf_hooks')
const v8 = require('node:v8')
const heap = Array.from({ length: 300_000 }, (_, n) => ({ n }))
const used = () => v8.getHeapStatistics().used_heap_size
for (const flag of process.argv.slice(1)) v8.setFlagsFromString(flag)
gc()
const before = used()
let most = before
let marked = false
new PerformanceObserver(list => {
  for (const { detail } of list.getEntries()) marked ||= detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR
}).observe({ entryTypes: ['gc'] })
const grow = () => {
  if (marked) return console.log(most / before)
  for (let n = 0; n < 20_000; n++) heap.push({ n })
  most = Math.max(most, used())
  setTimeout(grow, 2)
}
grow()`

const once = (flags: readonly string[]) =>
  Number(execFileSync(process.execPath, ['--expose-gc', '-e', growth, '--', ...flags], { encoding: 'utf8' }))

/** The least of several: V8 lets a heap grow further while a busy machine keeps it from working. */
const growthWith = (...flags: string[]) => Math.min(...Array.from({ length: 5 }, () => once(flags)))

test('V8 lets a heap grow further with our flag, also when that is set late, and not when the heap is large', () => {
  // 3.6 and 7 times on a quiet machine.
  const plain = growthWith()
  expect(growthWith(heapGrowthFlag(15 << 20))).toBeGreaterThan(plain * 1.3)
  expect(growthWith(heapGrowthFlag(15 << 20), heapGrowthFlag(100 << 20))).toBeLessThan(plain * 1.3)
})

test.each([
  [10, 500],
  [40, 200],
  [80, 100],
  [81, 0],
])('a heap of %i MB may grow by %i percent', (megabytes, percent) => {
  expect(heapGrowthFlag(megabytes << 20)).toBe(`--heap-growing-percent=${percent}`)
})
