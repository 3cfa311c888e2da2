import { stat } from 'node:fs/promises'
import type { Service } from '../core/service.ts'
import type { Telemetry } from '../core/telemetry.ts'
import { every } from '../core/time.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import type { ProcessLimits } from './process-limits.ts'

const lookMs = 2_000

export interface LimitsOptions {
  /** The configuration's file. */
  readonly path: string
  /** As `changedAt` gave it before the file was read for the first time: what is changed while a process starts is a change as well. */
  readonly since: number | null
  readonly load: () => MigrationConfig
  readonly limits: ProcessLimits
  readonly telemetry: Telemetry
}

/**
 * Reads the configuration again when its file has changed, and takes the limits from it; everything else needs a restart. A
 * file with problems is reported, and the limits stay as they are.
 */
export function limitsService({ path, since, load, limits, telemetry }: LimitsOptions): Service {
  return {
    name: 'limits',
    async run(signal) {
      let seen = since
      for await (const _ of every(lookMs, signal)) {
        const now = await changedAt(path)
        if (now === seen) continue
        seen = now
        try {
          const changed = limits.adopt(load())
          if (changed.length > 0) telemetry.log.info({ of: changed }, 'limits changed')
        } catch (error) {
          telemetry.log.error({ err: error }, 'changed configuration not read')
        }
      }
    },
  }
}

/** Null: it is not there just now, as while an editor replaces it, or it is a pipe, which can be read but once. */
export async function changedAt(path: string): Promise<number | null> {
  return stat(path).then(
    found => (found.isFile() ? found.mtimeMs : null),
    () => null,
  )
}
