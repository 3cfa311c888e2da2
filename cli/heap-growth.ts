import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import type { Service } from '../core/service.ts'
import { every } from '../core/time.ts'

const lookMs = 10_000
/** A heap that is used so far is left to V8, which weighs what marking costs against memory. */
const largeHeapBytes = 64 << 20

/**
 * V8 counts what buffers hold outside of its heap as growth of the heap, and marks all of it whenever the sum has become two or
 * three times as large. Our heap is 15 MB; what is read and written beside it swings by more, and is young when it dies, so that
 * it goes without that. At the defaults the heap was marked twice a second for nothing. V8 reads this at each collection: a small
 * heap may become six times as large; 0 is its own judgement.
 */
export function heapGrowthFlag(usedBytes: number): string {
  return `--heap-growing-percent=${usedBytes > largeHeapBytes ? 0 : 500}`
}

/** Lets the buffers of a process that moves rows swing. Costs up to 40 MB and spares a tenth of its CPU (a copy of a million rows). */
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
