import type { Bench } from './bench.ts'
import type { Sides } from './databases.ts'
import type { Figures } from './figures.ts'
import { againstCopy } from './measurements/against-copy.ts'
import { catchUp } from './measurements/catch-up.ts'
import { copy } from './measurements/copy.ts'
import { idle } from './measurements/idle.ts'
import { latency } from './measurements/latency.ts'
import type { MeasurementName } from './measurements/names.ts'
import { snapshot } from './measurements/snapshot.ts'
import { sourceToKafka } from './measurements/source-to-kafka.ts'
import { kilobyte } from './workloads/kilobyte.ts'
import { manyTables } from './workloads/many-tables.ts'
import { ordersLines } from './workloads/orders-lines.ts'
import { shop } from './workloads/shop.ts'
import { wide } from './workloads/wide.ts'
import type { Workload } from './workloads/workload.ts'

/** One round of one measurement, on databases of its own. */
export function measure(bench: Bench, name: MeasurementName, rows: number): Promise<Figures> {
  const lines = (work: (bench: Bench, sides: Sides) => Promise<Figures>) =>
    bench.databases.withSides(ordersLines, rows, sides => work(bench, sides))
  const compared = (workload: Workload) => againstCopy(bench, workload, rows)
  switch (name) {
    case 'copy':
      return lines(copy)
    case 'snapshot':
      return lines(snapshot)
    case 'sourceToKafka':
      return lines(sourceToKafka)
    case 'catchUp':
      return lines(catchUp)
    case 'latency':
      return lines(latency)
    case 'idle':
      return lines(idle)
    case 'wide':
      return compared(wide)
    case 'kilobyte':
      return compared(kilobyte)
    case 'manyTables':
      return compared(manyTables)
    case 'shop':
      return compared(shop)
  }
}
