import { every } from '../../core/time.ts'
import type { Service } from '../../core/service.ts'
import type { RoleName } from '../role.ts'
import type { BenchServers } from '../servers.ts'
import { activeTimers } from './active-timers.ts'
import { diskOf } from './disk-usage.ts'
import { minuteLine } from './minute-line.ts'
import { resourcesOf } from './process-resources.ts'
import type { RoleSample, Sample } from './sample.ts'
import { sessionsAt } from './server-sessions.ts'
import type { SoakMigration } from './soak-migration.ts'

const intervalMs = 5_000
const lineMs = 60_000

export interface SamplerParts {
  readonly servers: BenchServers
  readonly transactions: () => number
  readonly say: (text: string) => void
}

/** Looks at everything every few seconds, and says so every minute. */
export class Sampler implements Service {
  readonly name = 'sampler'
  readonly samples: Sample[] = []
  /** What is looked at now, and its number. */
  watched: { readonly cycle: number; readonly migration: SoakMigration } | null = null
  readonly #begunMs = performance.now()
  readonly #parts: SamplerParts
  #last: Sample | null = null

  constructor(parts: SamplerParts) {
    this.#parts = parts
  }

  async run(signal: AbortSignal): Promise<void> {
    for await (const _ of every(intervalMs, signal)) {
      if (this.watched === null) continue
      const sample = await this.#look(this.watched)
      this.samples.push(sample)
      this.#last ??= sample
      if (sample.atMs - this.#last.atMs < lineMs) continue
      this.#parts.say(minuteLine(this.#last, sample))
      this.#last = sample
    }
  }

  async #look({ cycle, migration }: { cycle: number; migration: SoakMigration }): Promise<Sample> {
    const { servers, transactions } = this.#parts
    const [target] = migration.status?.targets ?? []
    return {
      atMs: performance.now() - this.#begunMs,
      cycle,
      transactions: transactions(),
      applied: target?.appliedEvents ?? null,
      lag: target?.lagEvents ?? null,
      roles: {
        connector: await this.#role(migration, 'connector'),
        sink: await this.#role(migration, 'sink'),
      },
      kafka: resourcesOf(servers.kafka.pid),
      source: await sessionsAt(servers.source),
      target: await sessionsAt(servers.target),
      diskMb: diskOf([servers.kafka.pid, servers.source.pid, servers.target.pid]),
    }
  }

  async #role(migration: SoakMigration, name: RoleName): Promise<RoleSample | null> {
    const role = migration.role(name)
    const resources = role === null ? null : resourcesOf(role.pid)
    if (role === null || resources === null) return null
    const timers = await activeTimers(migration.httpPorts[name])
    return { ...resources, pid: role.pid, ageMs: Date.now() - role.startedMs, timers }
  }
}
