import { apiKeys, kafkajs } from './internals.ts'
import type { Broker } from './internals.ts'
import { exchange } from './wire.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** The producer that a transactional id stands for now. A higher epoch fences the lower ones. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly epoch: number
}

export interface InitProducer {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** Whoever goes on under its own identity is refused when another one has taken over. Null takes over. */
  readonly current: ProducerIdentity | null
}

/**
 * Gives the transactional id a new epoch. kafkajs cannot name the current identity, without which a producer that
 * recovers from an error would fence the one that replaced it.
 */
export async function initProducer(broker: Broker, request: InitProducer): Promise<ProducerIdentity> {
  // Version 3 is of the flexible kind: no tagged fields in header and body, and compact strings.
  const body = new WireWriter().int8(0).compactString(request.transactionalId)
  body.int32(request.transactionTimeoutMs)
  body.int64(request.current?.producerId ?? -1n).int16(request.current?.epoch ?? -1)
  const response = await exchange(broker, {
    apiKey: apiKeys.initProducerId,
    apiVersion: 3,
    name: 'InitProducerId',
    body: body.int8(0).parts(),
    connection: 0,
  })
  const reader = new WireReader(response).skip(1 + 4)
  const errorCode = reader.int16()
  if (errorCode !== 0) throw kafkajs.errorFromCode(errorCode)
  return { producerId: reader.int64(), epoch: reader.int16() }
}
