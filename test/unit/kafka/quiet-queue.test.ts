import { createRequire } from 'node:module'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { quietQueues } from '../../../kafka/kafkajs/quiet-queue.ts'

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
