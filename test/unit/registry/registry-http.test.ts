import { beforeEach, describe, expect, test } from 'vitest'
import { openMemoryLog } from '../../../kafka/memory-log.ts'
import { registryCoreOn, registryUrl } from '../../support/registry-on.ts'

const contentType = 'application/vnd.schemaregistry.v1+json'
const a = { name: 'a', type: 'int' }
const b = { name: 'b', type: 'int' }
const schema = (...fields: readonly object[]) => JSON.stringify({ type: 'record', name: 'R', fields })
const one = { schema: schema(a) }
const two = { schema: schema(a, { name: 'b', type: ['null', 'int'], default: null }) }
const bad = { schema: schema(a, b) }

let url = ''
beforeEach(async () => {
  url = await registryUrl(await registryCoreOn(openMemoryLog()))
})

async function ask(
  method: string,
  path: string,
  body?: object | string,
): Promise<readonly [number, unknown]> {
  const response = await fetch(url + path, {
    method,
    headers: body === undefined ? {} : { 'content-type': contentType },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  expect(response.headers.get('content-type')).toBe(contentType)
  return [response.status, await response.json()]
}
const get = (path: string) => ask('GET', path)
const post = (path: string, body: object | string) => ask('POST', path, body)
const put = (path: string, body: object) => ask('PUT', path, body)
const remove = (path: string) => ask('DELETE', path)
const refused = (errorCode: number) => [
  Number(String(errorCode).slice(0, 3)),
  { error_code: errorCode, message: expect.any(String) },
]

test('schemas are registered, and found by id, version and text', async () => {
  expect(await post('/subjects/s/versions', one)).toMatchObject([200, { id: 1 }])
  expect(await post('/subjects/s/versions', two)).toMatchObject([200, { id: 2 }])
  expect(await get('/subjects')).toEqual([200, ['s']])
  expect(await get('/subjects/s/versions')).toEqual([200, [1, 2]])
  expect(await get('/subjects/s/versions/1')).toEqual([200, { subject: 's', version: 1, id: 1, ...one }])
  expect(await get('/subjects/s/versions/latest')).toMatchObject([200, { version: 2, id: 2 }])
  expect(await get('/subjects/s/versions/-1')).toMatchObject([200, { version: 2 }])
  expect(await get('/subjects/s/versions/1/schema')).toEqual([200, JSON.parse(one.schema)])
  expect(await get('/schemas/ids/1')).toEqual([200, one])
  expect(await get('/schemas/ids/2/schema')).toEqual([200, JSON.parse(two.schema)])
  expect(await get('/schemas/ids/1/versions')).toEqual([200, [{ subject: 's', version: 1 }]])
  expect(await get('/schemas/ids/1/subjects')).toEqual([200, ['s']])
  expect(await get('/schemas/types')).toEqual([200, ['AVRO']])
  expect(await post('/subjects/s', two)).toEqual([200, { subject: 's', version: 2, id: 2, ...two }])
})

test('subjects may hold any character', async () => {
  const subject = `shop.Bestellungen/ä "x" %2F?#-${'long'.repeat(200)}`
  const path = `/subjects/${encodeURIComponent(subject)}`
  expect(await post(`${path}/versions`, one)).toMatchObject([200, { subject, id: 1 }])
  expect(await get('/subjects')).toEqual([200, [subject]])
  expect(await get(`${path}/versions/latest`)).toMatchObject([200, { subject }])
  expect(await get(`/config/${encodeURIComponent(subject)}`)).toEqual(refused(40408))
})

describe('refusals have the codes that clients know', () => {
  beforeEach(async () => {
    await post('/subjects/s/versions', one)
  })

  test.each([
    ['GET', '/subjects/none/versions', undefined, 40401],
    ['GET', '/subjects/none/versions/1', undefined, 40401],
    ['GET', '/subjects/s/versions/9', undefined, 40402],
    ['GET', '/subjects/s/versions/0', undefined, 42202],
    ['GET', '/subjects/s/versions/x', undefined, 42202],
    ['GET', '/schemas/ids/99', undefined, 40403],
    ['GET', '/schemas/ids/99/versions', undefined, 40403],
    ['POST', '/subjects/s', two, 40403],
    ['POST', '/subjects/none', one, 40401],
    ['POST', '/subjects/s/versions', bad, 409],
    ['POST', '/subjects/s/versions', { schema: '{' }, 42201],
    ['POST', '/subjects/s/versions', { ...one, schemaType: 'JSON' }, 42201],
    ['POST', '/subjects/s/versions', { ...one, references: [{}] }, 42201],
    ['POST', '/subjects/s/versions', {}, 422],
    ['POST', '/subjects/s/versions', 'no json', 400],
    ['PUT', '/config', { compatibility: 'SOME' }, 42203],
    ['PUT', '/mode', { mode: 'SOME' }, 42204],
    ['GET', '/config/s', undefined, 40408],
    ['GET', '/mode/s', undefined, 40409],
    ['DELETE', '/subjects/s?permanent=true', undefined, 40405],
    ['DELETE', '/subjects/s/versions/1?permanent=true', undefined, 40407],
    ['GET', '/nothing', undefined, 404],
    ['GET', '/schemas/ids/x', undefined, 404],
  ])('%s %s', async (method, path, body, errorCode) => {
    expect(await ask(method, path, body)).toEqual(refused(errorCode))
  })
})

test('a refused schema is told with its reasons', async () => {
  await post('/subjects/s/versions', one)
  const [, body] = await post('/subjects/s/versions', bad)
  expect(body).toMatchObject({ message: expect.stringContaining('READER_FIELD_MISSING_DEFAULT_VALUE') })
  expect(await post('/compatibility/subjects/s/versions/latest', bad)).toEqual([
    200,
    { is_compatible: false },
  ])
  expect(await post('/compatibility/subjects/s/versions?verbose=true', bad)).toEqual([
    200,
    { is_compatible: false, messages: expect.arrayContaining([expect.stringContaining("'b'")]) },
  ])
  expect(await post('/compatibility/subjects/s/versions/latest', two)).toEqual([200, { is_compatible: true }])
  expect(await post('/compatibility/subjects/none/versions/latest', one)).toEqual([
    200,
    { is_compatible: true },
  ])
  expect(await post('/compatibility/subjects/s/versions/7', one)).toEqual(refused(40402))
})

test('levels are set for the registry and for a subject, and taken back', async () => {
  expect(await get('/config')).toEqual([200, { compatibilityLevel: 'BACKWARD' }])
  expect(await put('/config', { compatibility: 'full' })).toEqual([200, { compatibility: 'FULL' }])
  expect(await get('/config/s?defaultToGlobal=true')).toEqual([200, { compatibilityLevel: 'FULL' }])
  expect(await put('/config/s', { compatibility: 'NONE' })).toEqual([200, { compatibility: 'NONE' }])
  expect(await get('/config/s')).toEqual([200, { compatibilityLevel: 'NONE' }])
  expect(await remove('/config/s')).toEqual([200, { compatibilityLevel: 'NONE' }])
  expect(await get('/config/s')).toEqual(refused(40408))
  expect(await remove('/config')).toEqual([200, { compatibilityLevel: 'FULL' }])
  expect(await get('/config')).toEqual([200, { compatibilityLevel: 'BACKWARD' }])
})

test('a registry or a subject can be made read-only', async () => {
  expect(await get('/mode')).toEqual([200, { mode: 'READWRITE' }])
  expect(await put('/mode/s', { mode: 'READONLY' })).toEqual([200, { mode: 'READONLY' }])
  expect(await post('/subjects/s/versions', one)).toEqual(refused(42205))
  expect(await remove('/mode/s')).toEqual([200, { mode: 'READONLY' }])
  expect(await post('/subjects/s/versions', one)).toMatchObject([200, { id: 1 }])
})

test('versions and subjects are deleted softly, shown on demand, then permanently', async () => {
  await post('/subjects/s/versions', one)
  await post('/subjects/s/versions', two)
  expect(await remove('/subjects/s/versions/latest')).toEqual([200, 2])
  expect(await get('/subjects/s/versions')).toEqual([200, [1]])
  expect(await get('/subjects/s/versions?deleted=true')).toEqual([200, [1, 2]])
  expect(await get('/subjects/s/versions?deletedOnly=true')).toEqual([200, [2]])
  expect(await remove('/subjects/s/versions/2?permanent=true')).toEqual([200, 2])
  expect(await remove('/subjects/s')).toEqual([200, [1]])
  expect(await get('/subjects')).toEqual([200, []])
  expect(await get('/subjects?deleted=true')).toEqual([200, ['s']])
  expect(await get('/subjects?deletedOnly=true')).toEqual([200, ['s']])
  expect(await get('/schemas/ids/1')).toEqual([200, one])
  expect(await remove('/subjects/s?permanent=true')).toEqual([200, [1]])
  expect(await get('/schemas/ids/1')).toEqual(refused(40403))
  expect(await remove('/subjects/s')).toEqual(refused(40401))
})
