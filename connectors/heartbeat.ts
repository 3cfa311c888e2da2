import type { Service } from '../core/service.ts'
import type { Telemetry } from '../core/telemetry.ts'
import { every } from '../core/time.ts'
import type { Probe } from './source.ts'

const intervalMs = 5_000
/** Less than this is not worth a marker: a quiet server stays quiet. */
const worthBytes = 1n << 20n

export interface HeartbeatParts {
  readonly probe: Probe
  /** Everything below is published. */
  readonly passed: () => bigint
  readonly telemetry: Telemetry
}

/**
 * Measures how far the log is ahead, and writes a marker when it has grown: a server that is busy elsewhere would
 * otherwise keep all of its log for tables on which nothing happens.
 */
export function heartbeat({ probe, passed, telemetry }: HeartbeatParts): Service {
  return {
    name: 'heartbeat',
    async run(signal) {
      let marked = await probe.head()
      for await (const _ of every(intervalMs, signal)) {
        const head = await probe.head()
        telemetry.set('switchback_source_lag_bytes', Number(head - passed()))
        if (head - marked > worthBytes) marked = await probe.mark()
      }
    },
  }
}
