import type { Bench } from '../bench.ts'
import type { Figures } from '../figures.ts'
import type { Workload } from '../workloads/workload.ts'
import { copy } from './copy.ts'
import { snapshot } from './snapshot.ts'

/** Both ways for one workload: rows of different sizes are compared by bytes, as COPY's binary format counts them. */
export async function againstCopy(bench: Bench, workload: Workload, rows: number): Promise<Figures> {
  const piped = await bench.databases.withSides(workload, rows, sides => copy(bench, sides))
  const copied = await bench.databases.withSides(workload, rows, sides => snapshot(bench, sides))
  const megabytes = (piped['bytes'] ?? 0) / 1e6
  const seconds = copied['seconds'] ?? 0
  return {
    ...copied,
    megabytesPerSecond: megabytes / seconds,
    copyMegabytesPerSecond: piped['megabytesPerSecond'] ?? 0,
    snapshotToCopy: (piped['seconds'] ?? 0) / seconds,
  }
}
