import type { MigrationError } from '../core/errors.ts'
import { kafkaError } from './kafka-error.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { Brokers } from './kafkajs/brokers.ts'
import { patiently } from './patience.ts'

/** Asks for the broker that keeps a consumer group or a transactional id, as who uses it has to. Gives the error, null if there is none. */
export async function rehearseCoordinator(
  options: KafkaOptions,
  { kind, name }: { readonly kind: 'group' | 'transaction'; readonly name: string },
  signal: AbortSignal,
): Promise<MigrationError | null> {
  const brokers = new Brokers(options)
  const doing = `Finding the coordinator of ${name}`
  try {
    await patiently(doing, () => brokers.coordinator(kind, name), signal)
    return null
  } catch (error) {
    return kafkaError(error, doing)
  } finally {
    brokers.close()
  }
}
