import { setFlagsFromString } from 'node:v8'

/**
 * V8 counts what buffers hold outside of its heap as growth of the heap, and marks all of it whenever the sum has become two or
 * three times as large. Our heap is 15 MB; what is read and written beside it swings by more, and is young when it dies, so that
 * it goes without that. At the defaults the heap was marked twice a second for nothing. Read at each collection: six times as large.
 */
export const heapGrowthFlag = '--heap-growing-percent=500'

/** Lets the buffers of a process that moves rows swing. Costs up to 40 MB and spares a tenth of its CPU (measured on a copy of a million rows). */
export function letHeapGrow(): void {
  setFlagsFromString(heapGrowthFlag)
}
