import { reasonOf } from '../core/error-report.ts'
import { isRetriable } from '../core/errors.ts'
import type { Readiness } from '../core/readiness.ts'
import { withRetry } from '../core/retry.ts'
import type { Service } from '../core/service.ts'
import type { Telemetry } from '../core/telemetry.ts'

const backoffMs = { firstMs: 500, maxMs: 30_000 }

/** Starts a service again, for ever and with growing pauses, when it fails in a way that may pass; any other failure ends it. */
export function persistentService(service: Service, telemetry: Telemetry, readiness: Readiness): Service {
  const { name } = service
  const onRetry = (error: unknown, _attempt: number, waitMs: number) => {
    telemetry.count('switchback_retries_total', 1, { part: name })
    telemetry.log.warn({ part: name, waitMs, error }, 'part failed and starts again')
    readiness.explain(name, reasonOf(error))
  }
  return {
    name,
    async run(signal) {
      const start = async () => {
        if (!signal.aborted) await service.run(signal)
      }
      try {
        await withRetry(start, { ...backoffMs, onRetry }, signal)
      } catch (error) {
        // What is interrupted rejects with the signal's reason.
        if (signal.aborted && (error === signal.reason || isRetriable(error))) return
        throw error
      }
    },
  }
}
