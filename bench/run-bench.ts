import { loadavg } from 'node:os'
import { Cleanup } from '../core/cleanup.ts'
import { Databases } from './databases.ts'
import { type Figures, summarize } from './figures.ts'
import { machine } from './machine.ts'
import { measure } from './measure.ts'
import type { MeasurementName } from './measurements/names.ts'
import type { BenchOptions } from './options.ts'
import type { BenchResult } from './result.ts'
import { startServers } from './servers.ts'

const warmUpRows = 100_000

export interface BenchSurroundings {
  /** For passwords; exists, and is removed afterwards. */
  readonly folder: string
  /** Says what is being done. */
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

/** Measures everything that was asked for, round after round, so that slow minutes of the machine meet all measurements alike. */
export async function runBench(options: BenchOptions, around: BenchSurroundings): Promise<BenchResult> {
  const cleanup = new Cleanup()
  const { say, folder, signal } = around
  try {
    const about = { startedAt: new Date().toISOString(), loadBefore: loadavg() }
    say('starting a Kafka broker and two PostgreSQL servers')
    const servers = await startServers(options, cleanup)
    const { profile, compression } = options
    const bench = { servers, databases: new Databases(servers), folder, profile, compression, signal }
    const round = async (title: string, rows: number) => {
      const found = new Map<MeasurementName, Figures>()
      for (const name of options.only) {
        signal.throwIfAborted()
        const figures = await measure(bench, name, rows)
        found.set(name, figures)
        say(`${title}: ${name} ${JSON.stringify(figures)}`)
      }
      return found
    }
    await round('warm-up', Math.min(options.rows, warmUpRows))
    const rounds: ReadonlyMap<MeasurementName, Figures>[] = []
    for (let n = 1; n <= options.repeat; n++)
      rounds.push(await round(`round ${n} of ${options.repeat}`, options.rows))
    const measured = options.only.map(
      name => [name, summarize(rounds.map(found => found.get(name) ?? {}))] as const,
    )
    return {
      ...about,
      machine: machine(servers),
      tls: options.tls,
      compression,
      rows: options.rows,
      repeat: options.repeat,
      loadAfter: loadavg(),
      measured: new Map(measured),
    }
  } finally {
    await cleanup.run()
  }
}
