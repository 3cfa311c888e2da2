import { createServer } from 'node:http'
import { SchemaRegistry as KafkajsRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../core/secret.ts'
import { MemoryCluster } from '../../../kafka/memory/memory-cluster.ts'
import { openMemoryLog } from '../../../kafka/memory-log.ts'
import { setLevel } from '../../../schemas/registry/compatibility.ts'
import { localRegistry } from '../../../schemas/registry/local-registry.ts'
import type { RegistryCore } from '../../../schemas/registry/registry-core.ts'
import { remoteRegistry } from '../../../schemas/registry/remote-registry.ts'
import type { SchemaRegistry } from '../../../schemas/registry/schema-registry.ts'
import { topicRegistry } from '../../../schemas/registry/topic-registry.ts'
import { listening } from '../../support/listening.ts'
import { registryCoreOn, registryUrl } from '../../support/registry-on.ts'

const coded = (code: string) => expect.objectContaining({ code })
const record = (...fields: readonly object[]) => ({ type: 'record', name: 'R', namespace: 'n', fields })
const a = { name: 'a', type: 'long' }

type Open = (core: RegistryCore) => Promise<SchemaRegistry> | SchemaRegistry
const clients: readonly (readonly [string, Open])[] = [
  ['over HTTP', async core => remoteRegistry({ url: `${await registryUrl(core)}/` }, 0)],
  ['in the same process', localRegistry],
]

describe.each(clients)('a client %s', (_how, open) => {
  test('registers a schema and reads it back by its id', async () => {
    const registry = await open(await registryCoreOn(openMemoryLog()))
    const id = await registry.register('a/b-value', record(a))
    expect(await registry.register('a/b-value', record(a))).toBe(id)
    expect(await registry.schema(id)).toEqual(record(a))
    expect(await registry.schema(await registry.register('s', { type: 'string' }))).toEqual({
      type: 'string',
    })
  })

  test('is told what is incompatible with the level that is set, unknown and no schema', async () => {
    const core = await registryCoreOn(openMemoryLog())
    await core.write(() => setLevel(null, 'BACKWARD'))
    const registry = await open(core)
    await registry.register('s', record(a))
    const incompatible = registry.register('s', record(a, { name: 'b', type: 'int' }))
    await expect(incompatible).rejects.toThrowError(coded('registry.incompatible'))
    await expect(registry.schema(99)).rejects.toThrowError(coded('registry.schema_unknown'))
    await expect(registry.register('s', { type: 'nothing' })).rejects.toThrowError(coded('registry.refused'))
  })
})

test('schemas of our own are taken whatever they were before, unless an operator has set a level', async () => {
  const core = await registryCoreOn(openMemoryLog())
  const registry = localRegistry(core)
  const changed = record({ ...a, type: 'string' })
  await registry.register('free', record(a))
  expect(await registry.register('free', changed)).toBe(2)
  await core.write(() => setLevel('strict', 'BACKWARD'))
  await registry.register('strict', record(a))
  await expect(registry.register('strict', changed)).rejects.toThrowError(coded('registry.incompatible'))
})

test('a process that only reads finds ids in the topic, also those registered later', async () => {
  const cluster = new MemoryCluster()
  const writer = localRegistry(await registryCoreOn(openMemoryLog(cluster)))
  const reader = topicRegistry(openMemoryLog(cluster), new AbortController().signal)
  await expect(reader.schema(1)).rejects.toThrowError(coded('registry.schema_unknown'))
  const id = await writer.register('s', record(a))
  expect(await reader.schema(id)).toEqual(record(a))
  await expect(reader.register('s', record(a))).rejects.toThrowError(coded('registry.refused'))
})

describe('a registry that does not answer as it should', () => {
  test.each([
    [401, '{"error_code":401,"message":"no"}', 'registry.denied'],
    [403, '', 'registry.denied'],
    [404, '<html>', 'registry.refused'],
    [409, '{"error_code":40901,"message":"no"}', 'registry.incompatible'],
    [429, '', 'registry.unreachable'],
    [500, '{"error_code":50001,"message":"no"}', 'registry.unreachable'],
    [503, '<html>', 'registry.unreachable'],
    [200, '<html>', 'registry.refused'],
    [200, '{"id":"x"}', 'registry.refused'],
  ])('%s %s', async (status, body, code) => {
    const registry = remoteRegistry({ url: await answering(status, body) })
    await expect(registry.register('s', record(a))).rejects.toThrowError(coded(code))
  })

  test('nobody at the address, and a server that is silent', async () => {
    const silent = createServer(() => undefined)
    const url = await urlOf(silent)
    await expect(remoteRegistry({ url, timeoutMs: 50 }).schema(1)).rejects.toThrowError(
      coded('registry.unreachable'),
    )
    silent.closeAllConnections()
    silent.close()
    await expect(remoteRegistry({ url }).schema(1)).rejects.toThrowError(coded('registry.unreachable'))
  })

  test('a failure is not remembered, an answer is, and the same question is asked once at a time', async () => {
    let asked = 0
    const server = createServer((_request, response) => {
      asked++
      response.statusCode = asked === 1 ? 503 : 200
      response.end('{"schema":"\\"int\\""}')
    })
    const registry = remoteRegistry({ url: await urlOf(server) })
    await expect(registry.schema(1)).rejects.toThrowError(coded('registry.unreachable'))
    await Promise.all([registry.schema(1), registry.schema(1)])
    expect(await registry.schema(1)).toEqual({ type: 'int' })
    expect(asked).toBe(2)
  })

  test('an id that one instance of the registry knows is asked for again when another one does not know it', async () => {
    let asked = 0
    const server = createServer((_request, response) => {
      asked++
      if (asked < 3) response.writeHead(404).end('{"error_code":40403,"message":"Schema not found"}')
      else response.end('{"schema":"\\"int\\""}')
    })
    const registry = remoteRegistry({ url: await urlOf(server) })
    expect(await registry.schema(1)).toEqual({ type: 'int' })
    expect(asked).toBe(3)
  })

  test('the password is sent to the registry and is in no error', async () => {
    let authorization: string | undefined
    const server = createServer((request, response) => {
      authorization = request.headers.authorization
      response.writeHead(401).end()
    })
    const url = await urlOf(server)
    const registry = remoteRegistry({ url, auth: { username: 'u', password: new Secret('geheim') } })
    const error: unknown = await registry.schema(1).catch((failure: unknown) => failure)
    expect(authorization).toBe(`Basic ${Buffer.from('u:geheim').toString('base64')}`)
    expect(JSON.stringify(error) + String(error)).not.toContain('geheim')
  })
})

test('the registry client of kafkajs registers, encodes and decodes', async () => {
  const host = await registryUrl(await registryCoreOn(openMemoryLog()))
  const client = new KafkajsRegistry({ host })
  const schema = JSON.stringify(record(a, { name: 'name', type: ['null', 'string'], default: null }))
  const { id } = await client.register({ type: SchemaType.AVRO, schema }, { subject: 'shop.öl-value' })
  const bytes = await client.encode(id, { a: 5, name: 'x' })
  expect(bytes.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, id]))
  // Another client, so that the schema comes from the registry.
  expect(await new KafkajsRegistry({ host }).decode(bytes)).toEqual({ a: 5, name: 'x' })
  expect(await client.getLatestSchemaId('shop.öl-value')).toBe(id)
  expect(await client.getRegistryIdBySchema('shop.öl-value', { type: SchemaType.AVRO, schema })).toBe(id)
})

async function answering(status: number, body: string): Promise<string> {
  return urlOf(createServer((_request, response) => response.writeHead(status).end(body)))
}

async function urlOf(server: ReturnType<typeof createServer>): Promise<string> {
  return `http://127.0.0.1:${await listening(server)}`
}
