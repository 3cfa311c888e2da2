import { randomUUID } from 'node:crypto'
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { encodeHeaders } from '../../kafka/record-headers.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { installPythonClient, runPython } from '../support/python-client.ts'
import { registryCoreOn, registryUrl } from '../support/registry-on.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()
beforeAll(async () => {
  await installPythonClient()
}, 300_000)

const kafkaLog = () => openKafkaLog({ brokers: servers().kafka.brokers, clientId: 'test' })
const schema = (...fields: readonly object[]) =>
  JSON.stringify({ type: 'record', name: 'Order', namespace: 'shop', fields })
const id = { name: 'id', type: 'long' }
const data = { name: 'data', type: ['null', 'bytes'], default: null }

test("Confluent's Python client registers schemas with our registry and reads them", async () => {
  const url = await registryUrl(await registryCoreOn(kafkaLog(), `_schemas.${randomUUID()}`))
  const other = schema(id, { name: 'more', type: 'int' })
  const [answers] = await runPython('use_registry.py', url, 'shop/ö-value', schema(id), other)
  expect(answers).toEqual({
    id: 1,
    schema: JSON.parse(schema(id)),
    latest: 1,
    versions: [1],
    found: 1,
    subjects: ['shop/ö-value'],
    compatible: false,
    refused: [409, 409],
    unknown: [404, 40403],
    level: { compatibility: 'NONE' },
    second: 2,
    deleted: [1, 2],
  })
})

test("Confluent's Python client decodes what was written with schemas of our registry", async () => {
  const topic = `python.${randomUUID()}`
  const url = await registryUrl(await registryCoreOn(kafkaLog(), `_schemas.${randomUUID()}`))
  const log = kafkaLog()
  onTestFinished(() => log.close())
  await log.ensureTopics([{ topic, partitions: 2, replication: 1, compacted: false, config: {} }])
  const registry = new SchemaRegistry({ host: url })
  const encoded = async (subject: string, text: string, value: unknown) =>
    registry.encode((await registry.register({ type: SchemaType.AVRO, schema: text }, { subject })).id, value)
  const key = await encoded(`${topic}-key`, schema(id), { id: 5 })
  const value = await encoded(`${topic}-value`, schema(id, data), { id: 5, data: Buffer.from('00ff', 'hex') })

  const batch = new RecordBatchWriter()
  batch.append(recordSpan(key, value), encodeHeaders([['h', Buffer.from('x')]]))
  batch.append(recordSpan(key, null), null)
  const writer = await log.writer(topic)
  await writer.transaction(tx => tx.publish([batch.encoded(topic, 1)]))
  await writer.close()

  const [broker = ''] = servers().kafka.brokers
  expect(await runPython('read_topic.py', broker, url, topic)).toEqual([
    {
      partition: 1,
      offset: 0,
      key: { id: 5 },
      value: { id: 5, data: { bytes: '00ff' } },
      headers: [['h', { bytes: '78' }]],
    },
    { partition: 1, offset: 1, key: { id: 5 }, value: null, headers: [] },
  ])
})
