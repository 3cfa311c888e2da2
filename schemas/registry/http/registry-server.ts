import fastify, { type FastifyInstance } from 'fastify'
import { MigrationError } from '../../../core/errors.ts'
import { noJsonSchemas } from '../../../core/no-json-schemas.ts'
import type { Telemetry } from '../../../core/telemetry.ts'
import { RegistryRefusal } from '../refusal.ts'
import type { RegistryCore } from '../registry-core.ts'
import { compatibilityRoutes } from './compatibility-routes.ts'
import { schemaRoutes } from './schema-routes.ts'
import { configRoutes, modeRoutes } from './settings-routes.ts'
import { changeRoutes, subjectRoutes, versionRoutes } from './subject-routes.ts'

const contentType = 'application/vnd.schemaregistry.v1+json'
const largestBodyBytes = 16 << 20
/** A table's name may have 63 bytes of four percent-encoded ones each, and a topic's is longer. */
const longestSubject = 4_096

/** The HTTP interface of the registry, not listening yet. */
export function registryServer(core: RegistryCore, telemetry: Telemetry): FastifyInstance {
  const server = fastify({
    bodyLimit: largestBodyBytes,
    routerOptions: { maxParamLength: longestSubject, ignoreTrailingSlash: true },
    forceCloseConnections: true,
    schemaController: noJsonSchemas,
  })
  acceptJson(server)
  server.addHook('onSend', async (_request, reply) => void reply.header('content-type', contentType))
  server.setErrorHandler((error, _request, reply) => {
    const { errorCode, message, status } = failureOf(error, telemetry)
    return reply.code(status).send({ error_code: errorCode, message })
  })
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error_code: 404, message: 'HTTP 404 Not Found' }),
  )
  server.get('/', async () => ({}))
  subjectRoutes(server, core)
  versionRoutes(server, core)
  changeRoutes(server, core)
  schemaRoutes(server, core)
  configRoutes(server, core)
  modeRoutes(server, core)
  compatibilityRoutes(server, core)
  return server
}

/** Clients send several content types, and some none: the body is JSON in any case. */
function acceptJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      done(new RegistryRefusal(400, 'The body is not JSON'))
    }
  })
}

interface Failure {
  readonly errorCode: number
  readonly status: number
  readonly message: string
}

function failureOf(error: unknown, telemetry: Telemetry): Failure {
  if (error instanceof RegistryRefusal) return error
  const status = statusOf(error)
  if (status < 500) return { errorCode: status, status, message: messageOf(error) }
  telemetry.log.error({ error }, 'schema registry request failed')
  const code = error instanceof MigrationError ? ` (${error.code})` : ''
  return { errorCode: 50001, status: 500, message: `Error in the backend data store${code}` }
}

/** Fastify's own errors carry the status they are to be answered with. */
function statusOf(error: unknown): number {
  if (!(error instanceof Error) || !('statusCode' in error)) return 500
  return typeof error.statusCode === 'number' ? error.statusCode : 500
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
