import * as z from 'zod'
import type { Secret } from '../../core/secret.ts'
import { secretReference } from './file-or-env.ts'
import type { SecretReader } from './secret-reader.ts'
import { certWithKey, readTlsFiles, type TlsFiles, tlsFileKeys } from './tls-files.ts'

/** The Kafka cluster and the settings of the migration's topics. */
export interface KafkaConfig {
  /** `host:port` each. */
  readonly brokers: readonly string[]
  /** Null: plain text. */
  readonly tls: TlsFiles | null
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: Secret
  } | null
  /** Null: by the size of the table. */
  readonly partitions: number | null
  readonly replication: number
  readonly retentionMs: number
  readonly maxRecordBytes: number
  readonly compression: 'none' | 'lz4'
}

const tlsSection = z
  .strictObject(tlsFileKeys('the brokers’ certificates'))
  .refine(...certWithKey)
  .describe('Encrypts the connection; `tls: {}` with the authorities of the system. Default: not encrypted.')

const saslSection = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).describe('As the broker offers it.'),
    username: z.string().min(1).describe('The name to log in with.'),
    password: secretReference.describe('Where the password is found.'),
  })
  .describe('How to log in. Default: not at all.')

const brokerAddress = z.string().regex(/^.+:\d{1,5}$/, { error: 'write host:port' })

export const kafkaSection = z
  .strictObject({
    brokers: z
      .array(brokerAddress)
      .min(1)
      .describe('Addresses to begin with, `host:port` each; the others are found through them.'),
    tls: tlsSection.optional(),
    sasl: saslSection.optional(),
    partitions: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe(
        'Partitions of each table’s topic: the upper bound for sinks that share the work of one target. Cannot be changed while the migration lives. Default: 4, and 1 for a table of fewer than about 50000 rows when it joins; set it where such a table will take many changes.',
      ),
    replication: z
      .int()
      .min(1)
      .max(16)
      .default(3)
      .describe('Copies of each topic on different brokers. A cluster of one broker needs 1.'),
    retentionMs: z
      .int()
      .min(3_600_000)
      .default(604_800_000)
      .describe(
        'How long Kafka keeps changes, in milliseconds: as long as the slowest target may stand still. Seven days by default.',
      ),
    maxRecordBytes: z
      .int()
      .min(65_536)
      .max(90_000_000)
      .default(8_388_608)
      .describe(
        'The largest record that the topics accept, in bytes. Rows of 64 MB need about 70000000 here.',
      ),
    compression: z
      .enum(['none', 'lz4'])
      .default('none')
      .describe(
        'How the connector compresses what it publishes. lz4 makes batches several times smaller and costs some CPU: worth it where Kafka’s disks or the network to it are the limit. Can be changed at any time, from then on.',
      ),
  })
  .describe('The Kafka cluster that carries the changes.')

export function resolveKafka(raw: z.output<typeof kafkaSection>, read: SecretReader): KafkaConfig {
  const { brokers, partitions, replication, retentionMs, maxRecordBytes, compression } = raw
  return {
    brokers,
    partitions: partitions ?? null,
    replication,
    retentionMs,
    maxRecordBytes,
    compression,
    tls: raw.tls === undefined ? null : readTlsFiles(raw.tls, 'kafka.tls', read),
    sasl: resolveSasl(raw.sasl, read),
  }
}

function resolveSasl(raw: z.output<typeof saslSection> | undefined, read: SecretReader): KafkaConfig['sasl'] {
  if (raw === undefined) return null
  const { mechanism, username } = raw
  return { mechanism, username, password: read.secret(raw.password, 'kafka.sasl.password') }
}
