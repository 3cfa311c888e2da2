import type { BenchServers } from '../servers.ts'
import type { ShopAtWork } from './shop-at-work.ts'
import type { SoakOptions } from './soak-options.ts'
import type { Sampler } from './sampler.ts'

/** What everything in a soak works with. */
export interface Soak {
  /** One of the servers is being started again, however long that takes a busy machine. */
  isServerDown: boolean
  readonly options: SoakOptions
  readonly servers: BenchServers
  /** For passwords. */
  readonly folder: string
  /** URL of the source's database. */
  readonly source: string
  readonly shop: ShopAtWork
  readonly sampler: Sampler
  readonly random: () => number
  readonly say: (text: string) => void
}
