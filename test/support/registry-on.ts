import { onTestFinished } from 'vitest'
import { silent } from '../../core/telemetry.ts'
import type { Log } from '../../kafka/log.ts'
import { registryService } from '../../schemas/registry/http/registry-service.ts'
import { openRegistryCore, type RegistryCore } from '../../schemas/registry/registry-core.ts'

/** A registry core that is closed, with its log, when the test has finished. */
export async function registryCoreOn(log: Log, topic?: string): Promise<RegistryCore> {
  const stop = new AbortController()
  const options = { replication: 1, ...(topic === undefined ? {} : { topic }) }
  const core = await openRegistryCore(log, options, stop.signal)
  onTestFinished(async () => {
    await core.close()
    stop.abort()
    await log.close()
  })
  return core
}

/** Serves a core over HTTP on a free port until the test has finished. Returns its URL. */
export async function registryUrl(core: RegistryCore): Promise<string> {
  const stop = new AbortController()
  let running = Promise.resolve()
  onTestFinished(async () => {
    stop.abort()
    await running
  })
  return new Promise((resolve, reject) => {
    running = registryService(core, { port: 0, onListening: resolve }, silent).run(stop.signal)
    running.catch(reject)
  })
}
