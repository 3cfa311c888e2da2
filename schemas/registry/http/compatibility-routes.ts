import type { FastifyInstance } from 'fastify'
import { incompatibilities, incompatibilitiesWith, levelOf } from '../compatibility.ts'
import { versionOf } from '../look-up.ts'
import type { RegistryCore } from '../registry-core.ts'
import { checkedSchema } from '../register-schema.ts'
import { flag, schemaIn, subjectIn, versionIn } from './request.ts'

/** Asks whether a schema could be registered, without doing so. */
export function compatibilityRoutes(server: FastifyInstance, core: RegistryCore): void {
  server.post('/compatibility/subjects/:subject/versions', ({ params, body, query }) =>
    core.read(state =>
      answer(incompatibilitiesWith(state, subjectIn(params), checkedSchema(schemaIn(body))), query),
    ),
  )
  server.post('/compatibility/subjects/:subject/versions/:version', ({ params, body, query }) =>
    core.read(state => {
      const { subject, choice } = versionIn(params)
      const text = checkedSchema(schemaIn(body))
      // Nothing to be compatible with: Confluent's registry says yes as well.
      if (choice === 'latest' && state.versions(subject).every(value => value.deleted))
        return answer([], query)
      const earlier = versionOf(state, subject, choice, false)
      return answer(incompatibilities(levelOf(state, subject), text, [earlier]), query)
    }),
  )
}

function answer(reasons: readonly string[], query: unknown): object {
  return { is_compatible: reasons.length === 0, ...(flag(query, 'verbose') ? { messages: reasons } : {}) }
}
