import { expect, test } from 'vitest'
import { MigrationError } from '../../../core/errors.ts'
import { kafkaError, kafkaErrorType } from '../../../kafka/kafka-error.ts'

test.each([
  [{ name: 'KafkaJSProtocolError', type: 'INVALID_PRODUCER_EPOCH', retriable: false }, 'kafka.fenced'],
  [{ name: 'KafkaJSProtocolError', type: 'MESSAGE_TOO_LARGE', retriable: false }, 'kafka.record_too_large'],
  [{ name: 'KafkaJSProtocolError', type: 'NOT_LEADER_FOR_PARTITION', retriable: true }, 'kafka.unreachable'],
  [{ name: 'KafkaJSProtocolError', type: 'TOPIC_AUTHORIZATION_FAILED', retriable: false }, 'kafka.denied'],
  [
    { name: 'KafkaJSProtocolError', type: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: true },
    'kafka.topic_missing',
  ],
  [{ name: 'KafkaJSProtocolError', type: 'UNKNOWN', retriable: false }, 'kafka.unreachable'],
  [{ name: 'KafkaJSProtocolError', type: 'INVALID_CONFIG', retriable: false }, 'kafka.failed'],
  [{ name: 'KafkaJSConnectionError', code: 'ECONNREFUSED', retriable: true }, 'kafka.unreachable'],
  [{ name: 'KafkaJSConnectionError', code: 'DEPTH_ZERO_SELF_SIGNED_CERT', retriable: true }, 'kafka.tls'],
  [{ name: 'KafkaJSRequestTimeoutError', retriable: true }, 'kafka.unreachable'],
  [{ name: 'KafkaJSSASLAuthenticationError', retriable: false }, 'kafka.denied'],
  [{ name: 'Whatever', retriable: true }, 'kafka.failed'],
  [undefined, 'kafka.failed'],
])('%o is %s', (cause, code) => {
  expect(kafkaError(cause, 'Testing').code).toBe(code)
})

test('the innermost error of a wrapper decides', () => {
  const inner = { name: 'KafkaJSProtocolError', type: 'INVALID_PRODUCER_EPOCH' }
  const wrapped = {
    name: 'KafkaJSNumberOfRetriesExceeded',
    cause: { name: 'KafkaJSNonRetriableError', cause: inner },
  }
  expect(kafkaError(wrapped, 'Testing').code).toBe('kafka.fenced')
  expect(kafkaError({ name: 'KafkaJSAggregateError', errors: [inner] }, 'Testing').code).toBe('kafka.fenced')
  expect(kafkaErrorType(kafkaError(wrapped, 'Testing'))).toBe('INVALID_PRODUCER_EPOCH')
})

test('our own errors pass unchanged', () => {
  const error = new MigrationError('kafka.too_old', 'old')
  expect(kafkaError(error, 'Testing')).toBe(error)
})
