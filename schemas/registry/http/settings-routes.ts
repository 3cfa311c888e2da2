import type { FastifyInstance } from 'fastify'
import { clearLevel, levelOf, setLevel } from '../compatibility.ts'
import { clearMode, modeOf, setMode } from '../modes.ts'
import { refusals } from '../refusal.ts'
import type { RegistryCore } from '../registry-core.ts'
import { compatibilityIn, flag, modeIn, subjectIn } from './request.ts'

/** Compatibility levels, of the registry and of single subjects. */
export function configRoutes(server: FastifyInstance, core: RegistryCore): void {
  server.get('/config', () => core.read(state => ({ compatibilityLevel: levelOf(state, null) })))
  server.get('/config/:subject', ({ params, query }) =>
    core.read(state => {
      const subject = subjectIn(params)
      if (state.level(subject) === null && !flag(query, 'defaultToGlobal')) {
        throw refusals.noSubjectCompatibility(subject)
      }
      return { compatibilityLevel: levelOf(state, subject) }
    }),
  )
  server.put('/config', async ({ body }) => ({
    compatibility: await core.write(() => setLevel(null, compatibilityIn(body))),
  }))
  server.put('/config/:subject', async ({ params, body }) => ({
    compatibility: await core.write(() => setLevel(subjectIn(params), compatibilityIn(body))),
  }))
  server.delete('/config', async () => ({
    compatibilityLevel: await core.write(state => clearLevel(state, null)),
  }))
  server.delete('/config/:subject', async ({ params }) => ({
    compatibilityLevel: await core.write(state => clearLevel(state, subjectIn(params))),
  }))
}

/** Whether anything may be written, in the registry and under single subjects. */
export function modeRoutes(server: FastifyInstance, core: RegistryCore): void {
  server.get('/mode', () => core.read(state => ({ mode: modeOf(state, null) })))
  server.get('/mode/:subject', ({ params, query }) =>
    core.read(state => {
      const subject = subjectIn(params)
      if (state.mode(subject) === null && !flag(query, 'defaultToGlobal'))
        throw refusals.noSubjectMode(subject)
      return { mode: modeOf(state, subject) }
    }),
  )
  server.put('/mode', async ({ body }) => ({ mode: await core.write(() => setMode(null, modeIn(body))) }))
  server.put('/mode/:subject', async ({ params, body }) => ({
    mode: await core.write(() => setMode(subjectIn(params), modeIn(body))),
  }))
  server.delete('/mode/:subject', async ({ params }) => ({
    mode: await core.write(state => clearMode(state, subjectIn(params))),
  }))
}
