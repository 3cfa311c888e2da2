import type { FastifyInstance } from 'fastify'
import { deleteSubject, deleteVersion } from '../deletions.ts'
import { findSchema, subjectNames, versionOf, versionsOf } from '../look-up.ts'
import { checkedSchema, registerSchema } from '../register-schema.ts'
import type { RegistryCore } from '../registry-core.ts'
import { flag, schemaIn, subjectIn, textParameter, versionIn } from './request.ts'
import { versionBody } from './version-body.ts'

/** Which subjects there are, and where a schema is among them. */
export function subjectRoutes(server: FastifyInstance, core: RegistryCore): void {
  server.get('/subjects', ({ query }) =>
    core.read(state => {
      const prefix = textParameter(query, 'subjectPrefix') ?? ''
      const live = subjectNames(state, false, prefix)
      if (flag(query, 'deletedOnly')) {
        return subjectNames(state, true, prefix).filter(subject => !live.includes(subject))
      }
      return flag(query, 'deleted') ? subjectNames(state, true, prefix) : live
    }),
  )
  server.post('/subjects/:subject', ({ params, body, query }) =>
    core.read(state =>
      versionBody(findSchema(state, subjectIn(params), schemaIn(body), flag(query, 'deleted'))),
    ),
  )
}

/** The versions of a subject. */
export function versionRoutes(server: FastifyInstance, core: RegistryCore): void {
  server.get('/subjects/:subject/versions', ({ params, query }) =>
    core.read(state => {
      const versions = versionsOf(
        state,
        subjectIn(params),
        flag(query, 'deleted') || flag(query, 'deletedOnly'),
      )
      return versions
        .filter(value => value.deleted || !flag(query, 'deletedOnly'))
        .map(value => value.version)
    }),
  )
  server.get('/subjects/:subject/versions/:version', ({ params, query }) =>
    core.read(state => {
      const { subject, choice } = versionIn(params)
      return versionBody(versionOf(state, subject, choice, flag(query, 'deleted')))
    }),
  )
  server.get('/subjects/:subject/versions/:version/schema', ({ params, query }) =>
    core.read(state => {
      const { subject, choice } = versionIn(params)
      return versionOf(state, subject, choice, flag(query, 'deleted')).schema
    }),
  )
  server.get('/subjects/:subject/versions/:version/referencedby', ({ params }) =>
    core.read((state): readonly number[] => {
      const { subject, choice } = versionIn(params)
      versionOf(state, subject, choice, true)
      return []
    }),
  )
}

/** Registering and deleting. */
export function changeRoutes(server: FastifyInstance, core: RegistryCore): void {
  server.post('/subjects/:subject/versions', async ({ params, body }) => {
    const canonical = checkedSchema(schemaIn(body))
    return versionBody(await core.write(state => registerSchema(state, subjectIn(params), canonical)))
  })
  server.delete('/subjects/:subject', ({ params, query }) =>
    core.write(state => deleteSubject(state, subjectIn(params), flag(query, 'permanent'))),
  )
  server.delete('/subjects/:subject/versions/:version', ({ params, query }) =>
    core.write(state => {
      const { subject, choice } = versionIn(params)
      return deleteVersion(state, subject, choice, flag(query, 'permanent'))
    }),
  )
}
