import { cpus, totalmem } from 'node:os'
import { productVersion } from '../core/product-version.ts'
import type { BenchServers } from './servers.ts'

/** Where and with what it was measured. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly node: string
  readonly source: string
  readonly target: string
  readonly switchback: string
}

export function machine({ source, target }: Pick<BenchServers, 'source' | 'target'>): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    source: `PostgreSQL ${source.version}`,
    target: `PostgreSQL ${target.version}`,
    switchback: productVersion,
  }
}
