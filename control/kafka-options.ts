import type { Telemetry } from '../core/telemetry.ts'
import type { KafkaClientLog, KafkaOptions } from '../kafka/kafka-options.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'

/** How this process reaches Kafka, as the configuration says. */
export function kafkaOptions(
  { migration, kafka }: MigrationConfig,
  role: string,
  { log }: Telemetry,
): KafkaOptions {
  return {
    brokers: kafka.brokers,
    compression: kafka.compression,
    clientId: `switchback-${migration}-${role}`,
    ...(kafka.tls === null ? {} : { tls: given(kafka.tls) }),
    ...(kafka.sasl === null ? {} : { sasl: kafka.sasl }),
    // What the client calls an error is mostly repeated by us; what is not comes as an error of ours.
    onClientLog: ({ level, message, fields }: KafkaClientLog) =>
      log.debug({ clientLevel: level, client: { message, ...fields } }, 'kafka client'),
  }
}

function given(tls: NonNullable<MigrationConfig['kafka']['tls']>): NonNullable<KafkaOptions['tls']> {
  const { ca, cert, key } = tls
  return {
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
  }
}
