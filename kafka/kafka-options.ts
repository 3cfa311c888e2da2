import type { Secret } from '../core/secret.ts'
import type { Compression } from './compression.ts'

/** How to reach the brokers. */
export interface KafkaOptions {
  /** `host:port` of the brokers to ask first; the others are found through them. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls?: KafkaTls
  readonly sasl?: KafkaSasl
  /** Of the batches of transactions. None by default. */
  readonly compression?: Compression
  /** Receives what the client library logs. Without it the library is silent. */
  readonly onClientLog?: (entry: KafkaClientLog) => void
}

/** Certificates in PEM. Without `ca` the system's authorities are trusted. */
export interface KafkaTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: Secret
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: Secret
}

export interface KafkaClientLog {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}
