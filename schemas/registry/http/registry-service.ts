import { MigrationError } from '../../../core/errors.ts'
import type { Service } from '../../../core/service.ts'
import type { Telemetry } from '../../../core/telemetry.ts'
import type { RegistryCore } from '../registry-core.ts'
import { registryServer } from './registry-server.ts'

export interface RegistryAddress {
  /** 127.0.0.1 by default: the interface has no password. */
  readonly host?: string
  /** 0 takes a free port. */
  readonly port: number
  /** Told where the service can be reached, for example `http://127.0.0.1:8081`, as soon as it listens. */
  readonly onListening?: (url: string) => void
}

/** Serves the registry over HTTP, as Confluent's schema registry does, until the signal aborts. */
export function registryService(core: RegistryCore, address: RegistryAddress, telemetry: Telemetry): Service {
  return {
    name: 'schema registry',
    async run(signal) {
      const server = registryServer(core, telemetry)
      try {
        const { host = '127.0.0.1', port } = address
        const url = await server.listen({ host, port }).catch((cause: unknown) => {
          throw new MigrationError('registry.port_taken', `Nobody can listen on ${host}:${port}`, { cause })
        })
        telemetry.log.info({ url }, 'schema registry listens')
        address.onListening?.(url)
        await aborted(signal)
      } finally {
        await server.close()
      }
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
