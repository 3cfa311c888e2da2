import { apiKeys, kafkajs } from './internals.ts'
import type { Broker } from './internals.ts'
import { exchange } from './wire.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/**
 * What Kafka knows of the last transaction of a transactional id: `Empty` when whoever has the id now has not begun any.
 * Null when the broker is too old to tell (before 3.0).
 */
export async function transactionState(broker: Broker, transactionalId: string): Promise<string | null> {
  if (broker.versions?.[apiKeys.describeTransactions] === undefined) return null
  // Of the flexible kind: no tagged fields in header and body, compact strings and arrays.
  const body = new WireWriter().int8(0).unsignedVarint(2).compactString(transactionalId)
  const response = await exchange(broker, {
    apiKey: apiKeys.describeTransactions,
    apiVersion: 0,
    name: 'DescribeTransactions',
    body: body.int8(0).parts(),
    connection: 0,
  })
  const reader = new WireReader(response).skipTags().skip(4)
  const [found] = reader.compactArray(() => {
    const errorCode = reader.int16()
    reader.skipCompact()
    const state = reader.compactString()
    reader.skip(4 + 8 + 8 + 2)
    reader.compactArray(() => {
      reader.skipCompact()
      reader.compactArray(() => reader.skip(4))
      reader.skipTags()
    })
    reader.skipTags()
    return { errorCode, state }
  })
  if (found === undefined) return null
  if (found.errorCode !== 0) throw kafkajs.errorFromCode(found.errorCode)
  return found.state
}
