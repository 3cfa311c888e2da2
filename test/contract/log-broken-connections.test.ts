import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { freePort } from '../../stack/free-port.ts'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { newTopic, readValues, records } from '../support/log-subject.ts'
import { seeded } from '../support/migration/seeded.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

let server: KafkaServer
let proxy: TcpProxy

beforeAll(async () => {
  const [plain, proxied] = [await freePort(), await freePort()]
  server = await startKafka({
    port: plain,
    listeners: { PROXIED: 'PLAINTEXT' },
    properties: { 'advertised.listeners': `PLAIN://127.0.0.1:${plain},PROXIED://127.0.0.1:${proxied}` },
  })
  const listener = Number(server.listeners['PROXIED']?.split(':')[1])
  proxy = await TcpProxy.open({ host: '127.0.0.1', port: listener }, proxied)
})
afterAll(async () => {
  await proxy.close()
  await server.stop()
})

test('connections that break in the middle of an answer lose and double nothing', async () => {
  const log = openKafkaLog({ brokers: [`127.0.0.1:${proxy.port}`], clientId: 'broken' })
  const topic = await newTopic(log)
  const writer = await log.writer(topic)
  const random = seeded(1)
  const sent: string[] = []
  for (let round = 0; round < 60; round++) {
    const value = `value ${round} ${'x'.repeat(200)}`
    proxy.cutAfter(Math.floor(random() ** 2 * 400))
    await writer.transaction(tx => tx.publish([records(topic, 0, value)]))
    sent.push(value)
    proxy.cutAfter(Math.floor(random() ** 2 * 4_000))
    expect((await readValues(log, topic)).values).toEqual(sent)
  }
  await writer.close()
  await log.close()
})
