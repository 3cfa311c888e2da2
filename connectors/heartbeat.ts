import type { Service } from '../core/service.ts'
import { every } from '../core/time.ts'
import type { Probe } from './source.ts'

const intervalMs = 10_000
/** Less than this is not worth a marker: a quiet server stays quiet. */
const worthBytes = 1n << 20n

/**
 * Writes a marker when the source's log has grown: a server that is busy elsewhere would otherwise keep all of it for
 * tables on which nothing happens.
 */
export function heartbeat(probe: Probe): Service {
  return {
    name: 'heartbeat',
    async run(signal) {
      let marked = await probe.head()
      for await (const _ of every(intervalMs, signal)) {
        if ((await probe.head()) - marked > worthBytes) marked = await probe.mark()
      }
    },
  }
}
