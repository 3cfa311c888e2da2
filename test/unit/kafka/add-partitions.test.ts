import { expect, test } from 'vitest'
import { addPartitions } from '../../../kafka/kafkajs/add-partitions-request.ts'
import { WireWriter } from '../../../kafka/kafkajs/wire-writer.ts'
import { openFakeBroker } from '../../support/fake-broker.ts'

const [NONE, UNKNOWN_TOPIC, DENIED, NOT_ATTEMPTED] = [0, 3, 29, 55]

function answerOf(codes: readonly (readonly [topic: string, code: number])[]): Buffer {
  const writer = new WireWriter().int32(0).int32(codes.length)
  for (const [topic, code] of codes) writer.string(topic).int32(1).int32(0).int16(code)
  return Buffer.concat(writer.parts())
}

/** A fake broker gives the answers: a real one gives them in an order of its own. */
async function added(...codes: (readonly [topic: string, code: number])[]): Promise<void> {
  const broker = await openFakeBroker(answerOf(codes))
  const partitions = codes.map(([topic]) => ({ topic, partition: 0 }))
  await addPartitions(broker, 'id', { producerId: 7n, epoch: 1 }, partitions)
}

test('of the partitions that are not added the one that is refused is told, wherever it stands', async () => {
  const missing = { code: 'kafka.topic_missing', message: expect.stringContaining('bad/0') }
  await expect(added(['good', NOT_ATTEMPTED], ['bad', UNKNOWN_TOPIC])).rejects.toMatchObject(missing)
  await expect(added(['bad', UNKNOWN_TOPIC], ['good', NOT_ATTEMPTED])).rejects.toMatchObject(missing)
  const denied = { code: 'kafka.denied', message: expect.stringContaining('bad/0') }
  await expect(added(['good', NOT_ATTEMPTED], ['bad', DENIED])).rejects.toMatchObject(denied)
  await added(['good', NONE], ['bad', NONE])
})
