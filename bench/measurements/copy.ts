import { connect } from '../../databases/postgres/connect.ts'
import { Secret } from '../../core/secret.ts'
import type { PostgresConnection } from '../../stack/postgres/connection.ts'
import type { Bench } from '../bench.ts'
import { copyPipe } from '../copy-pipe.ts'
import type { Sides } from '../databases.ts'
import { requireEqual } from '../equal.ts'
import type { Figures } from '../figures.ts'
import { cpuSecondsOf, peakMemoryMbOf } from '../process-usage.ts'
import { serverCpu } from '../servers.ts'

/** What can be had at best: every table through binary COPY into a table that has its primary key, one after the other. */
export async function copy({ servers }: Bench, sides: Sides): Promise<Figures> {
  await sides.workload.create(sides.target)
  const from = await session(servers.source, sides)
  const to = await session(servers.target, sides)
  try {
    // As the sink does; foreign keys would otherwise ask for an order of the tables.
    await to.query('SET session_replication_role = replica')
    const cpuBefore = cpuSecondsOf(process.pid)
    const serversBefore = serverCpu(servers)
    const startedMs = performance.now()
    let bytes = 0
    for (const { name } of sides.tables) bytes += (await copyPipe(from, to, name)).bytes
    const seconds = (performance.now() - startedMs) / 1000
    const millions = sides.rows / 1_000_000
    const cpu = cpuSecondsOf(process.pid) - cpuBefore
    const serversAfter = serverCpu(servers)
    await requireEqual(sides)
    return {
      rowsPerSecond: sides.rows / seconds,
      cpuSecondsPerMillion: cpu / millions,
      peakMemoryMb: peakMemoryMbOf(process.pid),
      megabytesPerSecond: bytes / 1e6 / seconds,
      bytes,
      seconds,
      sourceCpuPerMillion: (serversAfter.source - serversBefore.source) / millions,
      targetCpuPerMillion: (serversAfter.target - serversBefore.target) / millions,
    }
  } finally {
    await Promise.all([from.end(), to.end()])
  }
}

function session({ host, port, user, password }: PostgresConnection, { database }: Sides) {
  const secret = new Secret(password)
  return connect({ host, port, user, password: secret, database, applicationName: 'bench copy' })
}
