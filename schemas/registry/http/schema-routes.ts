import type { FastifyInstance } from 'fastify'
import { usesOf, valueWithId } from '../look-up.ts'
import type { RegistryCore } from '../registry-core.ts'
import { flag, idIn } from './request.ts'
import { schemaBody } from './version-body.ts'

/** Schemas by their ids. */
export function schemaRoutes(server: FastifyInstance, core: RegistryCore): void {
  server.get('/schemas/types', async () => ['AVRO'])
  server.get('/schemas/ids/:id', async ({ params }) => schemaBody(await valueWithId(core, idIn(params))))
  server.get('/schemas/ids/:id/schema', async ({ params }) => (await valueWithId(core, idIn(params))).schema)
  server.get('/schemas/ids/:id/subjects', ({ params, query }) =>
    core.read(state => [
      ...new Set(usesOf(state, idIn(params), flag(query, 'deleted')).map(value => value.subject)),
    ]),
  )
  server.get('/schemas/ids/:id/versions', ({ params, query }) =>
    core.read(state =>
      usesOf(state, idIn(params), flag(query, 'deleted')).map(({ subject, version }) => ({
        subject,
        version,
      })),
    ),
  )
}
