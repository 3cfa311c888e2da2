import { createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { httpService } from '../../../api/http-service.ts'
import { processTelemetry } from '../../../api/process-telemetry.ts'
import { readiness } from '../../../core/readiness.ts'

const telemetry = processTelemetry({
  migration: 'shop',
  role: 'sink',
  level: 'silent',
  write: () => undefined,
  redact: text => text,
})
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

function serve(parts = readiness()): Promise<string> {
  const stop = new AbortController()
  return new Promise((resolve, reject) => {
    const service = httpService({
      host: '127.0.0.1',
      port: 0,
      telemetry,
      readiness: parts,
      onListening: resolve,
    })
    const running = service.run(stop.signal)
    running.catch(reject)
    stops.push(async () => {
      stop.abort()
      await running
    })
  })
}

test('metrics are served as Prometheus reads them', async () => {
  telemetry.set('switchback_lag_seconds', 3, { target: 'new' })
  const answer = await fetch(`${await serve()}/metrics`)
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  expect(await answer.text()).toContain('switchback_lag_seconds{target="new",migration="shop",role="sink"} 3')
})

test('a process is alive as soon as it answers', async () => {
  const answer = await fetch(`${await serve()}/healthz`)
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'alive' }])
})

test('a process is ready when all of its parts are, and says why not', async () => {
  const parts = readiness()
  let connected = false
  parts.watch('connector', () => true)
  parts.watch('sink new', () => connected)
  const url = await serve(parts)
  const before = await fetch(`${url}/readyz`)
  expect([before.status, await before.json()]).toEqual([
    503,
    { status: 'not ready', reasons: ['sink new: starting'] },
  ])
  parts.explain('sink new', 'postgres.unreachable: no answer')
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
    reasons: ['sink new: postgres.unreachable: no answer'],
  })
  connected = true
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
})

test('a port that is taken is an error that says so', async () => {
  const other = createServer()
  const port = await new Promise<number>(resolve => {
    other.listen(0, '127.0.0.1', () => {
      const address = other.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const service = httpService({ host: '127.0.0.1', port, telemetry, readiness: readiness() })
  await expect(service.run(new AbortController().signal)).rejects.toMatchObject({
    code: 'http.cannot_listen',
  })
  await new Promise(resolve => other.close(resolve))
})
