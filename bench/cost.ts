import type { Bench } from './bench.ts'
import type { Figures } from './figures.ts'
import type { BenchMigration } from './migration.ts'
import { serverCpu } from './servers.ts'

/** Notes what the servers have used, and later says what the migration since then has cost. Its roles start after this. */
export function costMeter({ servers }: Bench, migration: BenchMigration) {
  const before = serverCpu(servers)
  return (rows: number): Figures => {
    const after = serverCpu(servers)
    const roles = migration.usage()
    const millions = rows / 1_000_000
    const connector = roles.get('connector') ?? nothing
    const sink = roles.get('sink') ?? nothing
    const own = connector.cpuSeconds + sink.cpuSeconds
    const source = after.source - before.source
    const target = after.target - before.target
    return {
      cpuSecondsPerMillion: own / millions,
      // Depends little on how fast the machine is. Without a sink the target has nothing to do.
      ...(roles.has('sink') && { cpuToDatabases: own / (source + target) }),
      // Each process has its own limit.
      peakMemoryMb: Math.max(connector.peakMemoryMb, sink.peakMemoryMb),
      connectorCpuPerMillion: connector.cpuSeconds / millions,
      sinkCpuPerMillion: sink.cpuSeconds / millions,
      connectorPeakMemoryMb: connector.peakMemoryMb,
      sinkPeakMemoryMb: sink.peakMemoryMb,
      kafkaCpuPerMillion: (after.kafka - before.kafka) / millions,
      sourceCpuPerMillion: source / millions,
      targetCpuPerMillion: target / millions,
    }
  }
}

const nothing = { cpuSeconds: 0, peakMemoryMb: 0 }
