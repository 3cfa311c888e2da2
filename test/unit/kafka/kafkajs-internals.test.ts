import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { checkClientVersion, kafkajs, KAFKAJS_VERSION } from '../../../kafka/kafkajs/internals.ts'

const require = createRequire(import.meta.url)

test('another version of kafkajs is refused by name', () => {
  expect(() => checkClientVersion('2.2.5')).toThrow(expect.objectContaining({ code: 'kafka.client_version' }))
  expect(() => checkClientVersion(KAFKAJS_VERSION)).not.toThrow()
})

test('the package depends on exactly the version whose internals are known', () => {
  const { dependencies }: { dependencies: Record<string, string> } = require('../../../package.json')
  expect(dependencies['kafkajs']).toBe(KAFKAJS_VERSION)
})

test('every method of kafkajs that is called below its public interface is there', () => {
  const broker: Record<string, unknown> = kafkajs.Broker.prototype
  const methods =
    'isConnected connect disconnect findGroupCoordinator listOffsets endTxn createTopics ' +
    'deleteTopics describeConfigs deleteGroups syncGroup heartbeat leaveGroup offsetCommit'
  for (const method of methods.split(' '))
    expect([method, typeof broker[method]]).toEqual([method, 'function'])
  const connection: Record<string, unknown> = require('kafkajs/src/network/connection').prototype
  for (const method of ['authenticate', 'nextCorrelationId', 'processData'])
    expect(connection[method]).toBeTypeOf('function')
  const pool: Record<string, unknown> = require('kafkajs/src/network/connectionPool').prototype
  for (const method of ['getConnection', 'send']) expect(pool[method]).toBeTypeOf('function')
  const queue: Record<string, unknown> = require('kafkajs/src/network/requestQueue').prototype
  for (const method of ['push', 'scheduleCheckPendingRequests', 'scheduleRequestTimeoutCheck', 'destroy'])
    expect(queue[method]).toBeTypeOf('function')
})

test('the numbers of requests and errors are the ones that are sent and read here', () => {
  const keys: Record<string, number> = require('kafkajs/src/protocol/requests/apiKeys')
  expect(keys).toMatchObject({
    Produce: 0,
    Fetch: 1,
    Metadata: 3,
    JoinGroup: 11,
    InitProducerId: 22,
    AddPartitionsToTxn: 24,
  })
  expect(kafkajs.errorFromCode(47)).toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })
  expect(kafkajs.errorFromCode(1)).toMatchObject({ type: 'OFFSET_OUT_OF_RANGE' })
  expect(kafkajs.errorFromCode(46)).toMatchObject({ type: 'DUPLICATE_SEQUENCE_NUMBER' })
})
