import fastify from 'fastify'
import { expect, test } from 'vitest'
import { noJsonSchemas } from '../../../core/no-json-schemas.ts'

test('a server without JSON schemas refuses a route that has one, instead of serving it unchecked', async () => {
  const server = fastify({ schemaController: noJsonSchemas })
  server.post('/', { schema: { body: { type: 'object' } } }, async () => ({}))
  await expect(server.ready()).rejects.toThrow('JSON schema')
})

test('what it answers is JSON all the same', async () => {
  const server = fastify({ schemaController: noJsonSchemas })
  server.get('/', async () => ({ status: 'alive' }))
  expect((await server.inject('/')).json()).toEqual({ status: 'alive' })
})
