import { isRetriable } from '../core/errors.ts'
import { errorReport } from '../core/error-report.ts'
import type { Readiness } from '../core/readiness.ts'
import type { Service } from '../core/service.ts'
import type { Telemetry } from '../core/telemetry.ts'
import { sleep } from '../core/time.ts'

const firstWaitMs = 500
const maxWaitMs = 30_000
/** A run that lasted this long was a good one: the next failure waits briefly again. */
const goodRunMs = 60_000

/** Starts a service again, for ever and with growing pauses, when it fails in a way that may pass; any other failure ends it. */
export function persistentService(service: Service, telemetry: Telemetry, readiness: Readiness): Service {
  const { name } = service
  return {
    name,
    async run(signal) {
      let waitMs = firstWaitMs
      while (!signal.aborted) {
        const begunMs = performance.now()
        try {
          await service.run(signal)
          return
        } catch (error) {
          // What is interrupted rejects with the signal's reason.
          if (signal.aborted && (error === signal.reason || isRetriable(error))) return
          if (!isRetriable(error)) throw error
          if (performance.now() - begunMs > goodRunMs) waitMs = firstWaitMs
          const { code, message } = errorReport(error)
          telemetry.count('switchback_retries_total', 1, { part: name })
          telemetry.log.warn({ part: name, waitMs, error }, 'part failed and starts again')
          readiness.explain(name, `${code}: ${message}`)
        }
        await sleep(waitMs, signal)
        waitMs = Math.min(maxWaitMs, waitMs * 2)
      }
    },
  }
}
