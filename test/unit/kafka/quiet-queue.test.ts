import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { kafkajs } from '../../../kafka/kafkajs/internals.ts'
import { quietQueues } from '../../../kafka/kafkajs/quiet-queue.ts'
import { trackedSockets } from '../../../kafka/kafkajs/sockets.ts'
import { exchange } from '../../../kafka/kafkajs/wire.ts'

const require = createRequire(import.meta.url)
const RequestQueue = require('kafkajs/src/network/requestQueue')

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** The queue of a connection that is open, with nobody at the other end. */
function openQueue() {
  const logger = { debug: () => undefined, warn: () => undefined, error: () => undefined }
  const options = { maxInFlightRequests: null, requestTimeout: 30_000, enforceRequestTimeout: true }
  const queue = new RequestQueue({ ...options, clientId: 'test', broker: 'test', logger })
  quietQueues({ pool: [{ requestQueue: queue }] } as never)
  queue.scheduleRequestTimeoutCheck()
  return queue
}

test('a request without an answer fails once its time is over', () => {
  const queue = openQueue()
  let failure: unknown = null
  const entry = { apiKey: 0, apiName: 'Produce', apiVersion: 7, correlationId: 1, resolve: () => undefined }
  const reject = (error: unknown) => (failure = error)
  queue.push({
    entry: { ...entry, reject },
    expectResponse: true,
    requestTimeout: null,
    sendRequest: () => undefined,
  })
  vi.advanceTimersByTime(29_000)
  expect(failure).toBeNull()
  vi.advanceTimersByTime(3_000)
  expect(failure).toMatchObject({ name: 'KafkaJSRequestTimeoutError' })
})

test('an idle connection looks at its requests once a second at most', () => {
  const queue = openQueue()
  const looked = vi.spyOn(queue.inflight, 'values')
  vi.advanceTimersByTime(10_000)
  expect(looked).toHaveBeenCalledTimes(10)
  queue.destroy()
  expect(vi.getTimerCount()).toBe(0)
})

/** A server that takes everything and says nothing, as one that is frozen. */
async function silentServer() {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => undefined))
    socket.resume()
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  // What listens on a port has an address of this kind.
  return { sockets, port: (server.address() as AddressInfo).port }
}

test('once a request has got no answer no connection to its broker is used any more', async () => {
  vi.useRealTimers()
  const { sockets, port } = await silentServer()
  const logger = kafkajs.createLogger({ level: 0, logCreator: () => () => undefined })
  const pools = kafkajs.poolBuilder({
    brokers: ['unused'],
    clientId: 'test',
    connectionTimeout: 5_000,
    requestTimeout: 50,
    enforceRequestTimeout: true,
    socketFactory: trackedSockets().open,
    logger,
  })
  const pool = quietQueues(await pools.build({ host: '127.0.0.1', port }))
  await Promise.all(pool.pool.map(connection => connection.connect()))
  const broker = new kafkajs.Broker({ connectionPool: pool, logger })
  const request = { apiKey: 1, apiVersion: 11, name: 'Fetch', body: [], connection: 1 } as const
  const failure = await exchange(broker, request).catch((error: unknown) => error)
  expect(failure).toMatchObject({ name: 'KafkaJSRequestTimeoutError' })
  await vi.waitFor(() => expect(sockets.map(({ closed }) => closed)).toEqual([true, true]), {
    timeout: 30_000,
  })
  expect(pool.pool.map(connection => connection.isConnected())).toEqual([false, false])
})
