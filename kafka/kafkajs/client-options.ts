import type { ConnectionOptions } from 'node:tls'
import type { KafkaClientLog, KafkaOptions, KafkaSasl, KafkaTls } from '../kafka-options.ts'
import { kafkajs } from './internals.ts'
import type { LogCreator } from './internals.ts'
import { truthfulLogin } from './truthful-login.ts'

const CONNECTION_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000
/** kafkajs's numbers for its log levels. */
const levels: Readonly<Record<number, KafkaClientLog['level']>> = {
  1: 'error',
  2: 'warn',
  4: 'info',
  5: 'debug',
}
const SILENT = 0
const INFO = 4

/** Our options in the shape that kafkajs's connections take. */
export function clientOptions(options: KafkaOptions) {
  const { onClientLog } = options
  return {
    brokers: [...options.brokers],
    clientId: options.clientId,
    ssl: options.tls === undefined ? undefined : tlsOptions(options.tls),
    sasl: options.sasl === undefined ? undefined : saslOptions(options.sasl),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    logger: kafkajs.createLogger({
      level: onClientLog === undefined ? SILENT : INFO,
      logCreator: logCreator(onClientLog),
    }),
  }
}

function tlsOptions(tls: KafkaTls): ConnectionOptions {
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key.reveal() }),
  }
}

function saslOptions({ mechanism, username, password }: KafkaSasl): object {
  const user = { username, password: password.reveal() }
  return { mechanism, authenticationProvider: truthfulLogin(kafkajs.logins[mechanism](user)) }
}

function logCreator(onClientLog: KafkaOptions['onClientLog']): LogCreator {
  return () =>
    ({ level, log }) => {
      const { message, ...fields } = log
      onClientLog?.({ level: levels[level] ?? 'info', message: String(message), fields })
    }
}
