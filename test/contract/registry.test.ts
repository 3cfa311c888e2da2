import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { silent } from '../../core/telemetry.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import type { Log, LogTransaction } from '../../kafka/log.ts'
import { registryService } from '../../schemas/registry/http/registry-service.ts'
import { localRegistry } from '../../schemas/registry/local-registry.ts'
import { remoteRegistry } from '../../schemas/registry/remote-registry.ts'
import { topicRegistry } from '../../schemas/registry/topic-registry.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { registryCoreOn, registryUrl } from '../support/registry-on.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const kafkaLog = () => openKafkaLog({ brokers: servers().kafka.brokers, clientId: 'test' })
const fixed = (size: number) => ({ type: 'fixed', name: 'F', size })
const freshTopic = () => `_schemas.${randomUUID()}`

test('a registry that starts again knows every id', async () => {
  const topic = freshTopic()
  const before = localRegistry(await registryCoreOn(kafkaLog(), topic))
  const ids = await Promise.all([1, 2, 3].map(size => before.register(`s${size}`, fixed(size))))
  const after = remoteRegistry({ url: await registryUrl(await registryCoreOn(kafkaLog(), topic)) })
  expect(await Promise.all(ids.map(id => after.schema(id)))).toEqual([1, 2, 3].map(fixed))
  expect(await Promise.all([1, 2, 3].map(size => after.register(`s${size}`, fixed(size))))).toEqual(ids)
})

test('a process that only reads the topic sees an id as soon as it was given', async () => {
  const topic = freshTopic()
  const writer = localRegistry(await registryCoreOn(kafkaLog(), topic))
  const log = kafkaLog()
  onTestFinished(() => log.close())
  const reader = topicRegistry(log, new AbortController().signal, topic)
  for (let size = 1; size <= 5; size++) {
    expect(await reader.schema(await writer.register(`s${size}`, fixed(size)))).toEqual(fixed(size))
  }
})

test('registries that write at the same time never give one id to two schemas', async () => {
  const topic = freshTopic()
  const registries = [
    localRegistry(await registryCoreOn(kafkaLog(), topic)),
    localRegistry(await registryCoreOn(kafkaLog(), topic)),
  ]
  const sizes = Array.from({ length: 12 }, (_, index) => index + 1)
  // In opposite orders: where both decide on the same state they decide for different schemas.
  const [one, other] = await Promise.all(
    registries.map((registry, which) => {
      const order = which === 0 ? sizes : sizes.toReversed()
      return Promise.all(order.map(size => registry.register(`s${size}-${which}`, fixed(size))))
    }),
  )
  expect(one).toEqual(other?.toReversed())
  expect(new Set(one).size).toBe(sizes.length)
  const third = localRegistry(await registryCoreOn(kafkaLog(), topic))
  expect(await Promise.all((one ?? []).map(id => third.schema(id)))).toEqual(sizes.map(fixed))
})

test('a registry that was stopped between deciding and writing does not write any more', async () => {
  const topic = freshTopic()
  const stalled = stallingLog(kafkaLog())
  const first = localRegistry(await registryCoreOn(stalled.log, topic))
  const second = localRegistry(await registryCoreOn(kafkaLog(), topic))
  const late = first.register('late', fixed(1))
  await stalled.reached
  expect(await second.register('early', fixed(2))).toBe(1)
  stalled.goOn()
  expect(await late).toBe(2)
  expect(await second.schema(2)).toEqual(fixed(1))
})

test('a registry whose port is taken says so', async () => {
  const core = await registryCoreOn(kafkaLog(), freshTopic())
  const port = Number(new URL(await registryUrl(core)).port)
  const service = registryService(core, { port }, silent)
  await expect(service.run(new AbortController().signal)).rejects.toThrowError(
    expect.objectContaining({ code: 'registry.port_taken' }),
  )
})

/** A log whose first transaction stands still before its first record is written. */
function stallingLog(log: Log) {
  const gate = new EventEmitter()
  const released = once(gate, 'go on')
  const reached = once(gate, 'reached')
  const stalling: Log = {
    ...log,
    writer: async id => {
      const writer = await log.writer(id)
      return {
        ...writer,
        close: () => writer.close(),
        transaction: work =>
          writer.transaction(async (tx: LogTransaction) => {
            gate.emit('reached')
            await released
            await work(tx)
          }),
      }
    },
  }
  return { log: stalling, reached, goOn: () => gate.emit('go on') }
}
