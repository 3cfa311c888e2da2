import { RateLimit, unlimited } from '../core/rate-limit.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'

/** The limits that a process keeps, by the configuration that was read last. */
export class ProcessLimits {
  readonly source: RateLimit
  readonly #targets: ReadonlyMap<string, RateLimit>

  constructor(config: MigrationConfig) {
    this.source = new RateLimit(config.source.limits)
    this.#targets = new Map(config.targets.map(({ name, limits }) => [name, new RateLimit(limits)]))
  }

  /** A target of the configuration that the process began with. */
  target(name: string): RateLimit {
    return this.#targets.get(name) ?? new RateLimit(unlimited)
  }

  /** Takes the limits of another reading of the file. Gives the names of what is limited differently now. */
  adopt(config: MigrationConfig): readonly string[] {
    const wanted = [
      { name: 'source', limit: this.source, limits: config.source.limits },
      ...config.targets.map(({ name, limits }) => ({ name, limit: this.target(name), limits })),
    ]
    const changed = wanted.filter(
      ({ limit, limits }) =>
        limit.limits.rowsPerSecond !== limits.rowsPerSecond ||
        limit.limits.bytesPerSecond !== limits.bytesPerSecond,
    )
    for (const { limit, limits } of changed) limit.limits = limits
    return changed.map(({ name }) => name)
  }
}
