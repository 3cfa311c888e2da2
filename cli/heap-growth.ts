import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import type { Service } from '../core/service.ts'
import { every } from '../core/time.ts'

const lookMs = 10_000
/** What may come to a heap before it is marked, unless V8 allows more: five times our heap. */
const growthBytes = 80 << 20
const mostPercent = 500

/**
 * V8 counts what buffers hold outside of its heap as growth of the heap, and marks all of it whenever the sum has become two or
 * three times as large. Our heap is 15 MB; what is read and written beside it swings by more, and is young when it dies, so that
 * it goes without that. At the defaults the heap was marked twice a second for nothing. V8 reads this at each collection; 0 is its
 * own judgement, which weighs what marking costs against memory: for a heap that is large already.
 */
export function heapGrowthFlag(usedBytes: number): string {
  const percent = Math.min(mostPercent, Math.floor((growthBytes / usedBytes) * 100))
  return `--heap-growing-percent=${percent < 100 ? 0 : percent}`
}

/** Lets the buffers of a process that moves rows swing. A copy of a million rows takes a tenth less CPU and 20 to 40 MB more. */
export function heapGrowth(): Service {
  return {
    name: 'heap',
    async run(signal) {
      letGrow()
      for await (const _ of every(lookMs, signal)) letGrow()
    },
  }
}

function letGrow(): void {
  setFlagsFromString(heapGrowthFlag(getHeapStatistics().used_heap_size))
}
