import type { FastifyInstance } from 'fastify'
import { MigrationError } from '../core/errors.ts'
import { noJsonSchemas } from '../core/no-json-schemas.ts'
import type { Readiness } from '../core/readiness.ts'
import type { Service } from '../core/service.ts'
import { untilAborted } from '../core/until-aborted.ts'
import type { ProcessTelemetry } from './process-telemetry.ts'

export interface HttpOptions {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  readonly telemetry: ProcessTelemetry
  readonly readiness: Readiness
  /** Told the address once it is served: `http://127.0.0.1:9464`. */
  readonly onListening?: (url: string) => void
}

/**
 * Serves /metrics for Prometheus, /healthz (200 while the process lives) and /readyz (200 when every part does its work,
 * else 503 with the reasons). Fails with `http.cannot_listen`.
 */
export function httpService(options: HttpOptions): Service {
  return {
    name: 'http',
    async run(signal) {
      const server = await routes(options)
      try {
        const url = await listen(server, options)
        options.telemetry.log.info({ url }, 'observability served')
        options.onListening?.(url)
        await untilAborted(signal)
      } finally {
        await server.close()
      }
    },
  }
}

async function routes({ telemetry, readiness }: HttpOptions): Promise<FastifyInstance> {
  // Most commands serve nothing.
  const { default: fastify } = await import('fastify')
  const server = fastify({ logger: false, forceCloseConnections: true, schemaController: noJsonSchemas })
  server.get('/metrics', async (_, reply) =>
    reply.type(telemetry.contentType).send(await telemetry.exposition()),
  )
  server.get('/healthz', async () => ({ status: 'alive' }))
  server.get('/readyz', async (_, reply) => {
    const reasons = readiness.reasons()
    if (reasons.length === 0) return { status: 'ready' }
    const body = telemetry.redact(JSON.stringify({ status: 'not ready', reasons }))
    return reply.code(503).type('application/json').send(body)
  })
  return server
}

async function listen(server: FastifyInstance, { host, port }: HttpOptions): Promise<string> {
  try {
    return await server.listen({ host, port })
  } catch (cause) {
    throw new MigrationError('http.cannot_listen', `cannot serve HTTP at ${host}:${port}`, {
      cause,
      details: { host, port },
    })
  }
}
