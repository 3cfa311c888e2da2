import { Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { GroupConsumer, Log } from '../../kafka/log.ts'
import { MemoryCluster } from '../../kafka/memory/memory-cluster.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { newTopic, publish, readValues, records, uniqueName } from '../support/log-subject.ts'
import type { LogSubject } from '../support/log-subject.ts'
import { RecordingHandler } from '../support/recording-handler.ts'
import { servers } from '../support/servers.ts'

const WAIT = { timeout: 30_000, interval: 10 }

function memorySubject(): LogSubject {
  const cluster = new MemoryCluster()
  const log = openMemoryLog(cluster)
  return {
    open: () => openMemoryLog(cluster),
    trim: async (partition, offset) => {
      log.trim(partition, offset)
    },
  }
}

function kafkaSubject(): LogSubject {
  const { brokers } = servers().kafka
  return {
    open: () => openKafkaLog({ brokers, clientId: 'contract' }),
    trim: async ({ topic, partition }, offset) => {
      const admin = new Kafka({ brokers: [...brokers], logLevel: 0 }).admin()
      await admin.connect()
      // kafkajs deletes only in topics whose leaders it has looked up.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: offset.toString() }] })
      await admin.disconnect()
    },
  }
}

describe.each([
  ['in memory', memorySubject],
  ['on Kafka', kafkaSubject],
])('a log %s', (_name, makeSubject) => {
  let subject: LogSubject
  let log: Log

  beforeAll(() => {
    subject = makeSubject()
    log = subject.open()
  })
  afterAll(() => log.close())

  describe('its topics', () => {
    test('are created when missing and left alone when they are there', async () => {
      const topic = await newTopic(log, 3)
      const spec = { topic, partitions: 3, replication: 1, compacted: false, config: {} }
      await log.ensureTopics([spec])
      expect(await log.topics(topic)).toEqual([topic])
      expect(await log.ranges(topic)).toHaveLength(3)
    })

    test('with other partitions or another cleanup policy are a mismatch', async () => {
      const topic = await newTopic(log, 1)
      const spec = { topic, partitions: 1, replication: 1, compacted: false, config: {} }
      await expect(log.ensureTopics([{ ...spec, partitions: 2 }])).rejects.toMatchObject({
        code: 'kafka.topic_mismatch',
      })
      await expect(log.ensureTopics([{ ...spec, compacted: true }])).rejects.toMatchObject({
        code: 'kafka.topic_mismatch',
      })
    })

    test('are gone after deletion, which may be repeated', async () => {
      const topic = await newTopic(log)
      await log.deleteTopics([topic])
      expect(await log.topics(topic)).toEqual([])
      await log.deleteTopics([topic])
      await expect(log.ranges(topic)).rejects.toMatchObject({ code: 'kafka.topic_missing' })
    })
  })

  describe('a transaction', () => {
    test('makes all its records visible, in order within a partition', async () => {
      const [one, two] = [await newTopic(log), await newTopic(log, 2)]
      const writer = await log.writer(uniqueName('w'))
      await writer.transaction(async tx => {
        await tx.publish([records(one, 0, 'a', 'b'), records(two, 0, 'c'), records(two, 1, 'd')])
        await tx.publish([records(one, 0, 'e')])
      })
      expect((await readValues(log, one)).values).toEqual(['a', 'b', 'e'])
      expect((await readValues(log, two)).values).toEqual(['c'])
      expect((await readValues(log, two, { partition: 1 })).values).toEqual(['d'])
      await writer.close()
    })

    test('shows nothing before it commits', async () => {
      const topic = await newTopic(log)
      const writer = await log.writer(uniqueName('w'))
      await writer.transaction(async tx => {
        await tx.publish([records(topic, 0, 'a')])
        expect(await readValues(log, topic)).toEqual({ values: [], offsets: [], end: 0n })
      })
      expect((await readValues(log, topic)).values).toEqual(['a'])
      await writer.close()
    })

    test('that throws shows nothing, and the writer goes on', async () => {
      const topic = await newTopic(log)
      const writer = await log.writer(uniqueName('w'))
      const failing = writer.transaction(async tx => {
        await tx.publish([records(topic, 0, 'lost')])
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await writer.transaction(tx => tx.publish([records(topic, 0, 'kept')]))
      expect((await readValues(log, topic)).values).toEqual(['kept'])
      await writer.close()
    })

    test('without records commits', async () => {
      const writer = await log.writer(uniqueName('w'))
      await writer.transaction(async () => undefined)
      await writer.transaction(tx => tx.publish([]))
      await writer.close()
    })

    test('lets buffers be reused as soon as publish has resolved', async () => {
      const topic = await newTopic(log)
      const writer = await log.writer(uniqueName('w'))
      const batch = new RecordBatchWriter()
      await writer.transaction(async tx => {
        for (const value of ['a', 'b', 'c']) {
          batch.reset()
          batch.append(recordSpan(null, Buffer.from(value)), null)
          await tx.publish([batch.encoded(topic, 0)])
        }
      })
      expect((await readValues(log, topic)).values).toEqual(['a', 'b', 'c'])
      await writer.close()
    })

    test('cannot commit after a publish failed, even if nobody looked', async () => {
      const topic = await newTopic(log, 1, { 'max.message.bytes': '1000' })
      const writer = await log.writer(uniqueName('w'))
      const swallowing = writer.transaction(async tx => {
        await tx.publish([records(topic, 0, 'small')])
        await tx.publish([records(topic, 0, Buffer.alloc(2_000))]).catch(() => undefined)
      })
      await expect(swallowing).rejects.toMatchObject({ code: 'kafka.record_too_large' })
      expect((await readValues(log, topic)).values).toEqual([])
      await writer.settle()
      await writer.transaction(tx => tx.publish([records(topic, 0, 'next')]))
      expect((await readValues(log, topic)).values).toEqual(['next'])
      await writer.close()
    })

    test('carries a record of 20 MB', async () => {
      const topic = await newTopic(log, 1, { 'max.message.bytes': String(30 << 20) })
      const writer = await log.writer(uniqueName('w'))
      await writer.transaction(tx => tx.publish([records(topic, 0, Buffer.alloc(20 << 20, 'x'), 'after')]))
      const { values } = await readValues(log, topic)
      expect(values.map(value => value.length)).toEqual([20 << 20, 5])
      const { handler, stop } = consume(log, [topic])
      await vi.waitFor(() => expect(handler.values).toHaveLength(2), WAIT)
      expect(handler.values[0]).toHaveLength(20 << 20)
      await stop()
      await writer.close()
    })
  })

  describe('two writers with one id', () => {
    test('leave only the newer one able to publish', async () => {
      const topic = await newTopic(log)
      const id = uniqueName('w')
      const older = await log.writer(id)
      await older.transaction(tx => tx.publish([records(topic, 0, 'first')]))
      const newer = await log.writer(id)
      const refused = older.transaction(tx => tx.publish([records(topic, 0, 'stale')]))
      await expect(refused).rejects.toMatchObject({ code: 'kafka.fenced' })
      await expect(older.settle()).rejects.toMatchObject({ code: 'kafka.fenced' })
      await newer.transaction(tx => tx.publish([records(topic, 0, 'second')]))
      expect((await readValues(log, topic)).values).toEqual(['first', 'second'])
      await older.close()
      await newer.close()
    })

    test('abort what the older one had open', async () => {
      const topic = await newTopic(log)
      const id = uniqueName('w')
      const older = await log.writer(id)
      let newer = older
      const overtaken = older.transaction(async tx => {
        await tx.publish([records(topic, 0, 'half')])
        newer = await log.writer(id)
      })
      await expect(overtaken).rejects.toMatchObject({ code: 'kafka.fenced' })
      await newer.transaction(tx => tx.publish([records(topic, 0, 'whole')]))
      expect((await readValues(log, topic)).values).toEqual(['whole'])
      await older.close()
      await newer.close()
    })
  })

  describe('reading to the end', () => {
    test('returns the end, from which the next call goes on', async () => {
      const topic = await newTopic(log)
      await publish(log, topic, 'a', 'b')
      const first = await readValues(log, topic)
      expect(first.offsets).toEqual([0n, 1n])
      await publish(log, topic, 'c')
      expect((await readValues(log, topic, { offset: first.end })).values).toEqual(['c'])
      expect((await readValues(log, topic, { offset: 1n })).values).toEqual(['b', 'c'])
    })

    test('ends where ranges say, markers included', async () => {
      const topic = await newTopic(log)
      await publish(log, topic, 'a')
      await log.append(records(topic, 0, 'b'))
      const { end } = await readValues(log, topic)
      expect(await log.ranges(topic)).toEqual([{ topic, partition: 0, start: 0n, end }])
      expect(end).toBe(3n)
    })

    test('stops when the signal aborts', async () => {
      const topic = await newTopic(log)
      await publish(log, topic, 'a')
      const reading = log.readToEnd(
        { topic, partition: 0, offset: 0n },
        () => undefined,
        AbortSignal.abort(new Error('enough')),
      )
      await expect(reading).rejects.toThrow('enough')
    })

    test('from an offset that retention took is kafka.offset_lost', async () => {
      const topic = await newTopic(log)
      await publish(log, topic, 'a', 'b', 'c')
      await subject.trim({ topic, partition: 0 }, 2n)
      await expect(readValues(log, topic)).rejects.toMatchObject({ code: 'kafka.offset_lost' })
      expect((await readValues(log, topic, { offset: 2n })).values).toEqual(['c'])
      expect((await log.ranges(topic))[0]?.start).toBe(2n)
    })
  })

  test('an append needs no transaction and tells the offset', async () => {
    const topic = await newTopic(log)
    expect(await log.append(records(topic, 0, 'a', 'b'))).toBe(0n)
    expect(await log.append(records(topic, 0, 'c'))).toBe(2n)
    expect((await readValues(log, topic)).values).toEqual(['a', 'b', 'c'])
  })

  describe('a group', () => {
    test('begins where its handler says and delivers what comes, soon after its commit', async () => {
      const topic = await newTopic(log)
      await publish(log, topic, 'a', 'b', 'c')
      const { handler, stop } = consume(log, [topic], h => (h.starts = () => 1n))
      await vi.waitFor(() => expect(handler.values).toEqual(['b', 'c']), WAIT)
      const writer = await log.writer(uniqueName('w'))
      const begun = performance.now()
      for (let n = 0; n < 10; n++) await writer.transaction(tx => tx.publish([records(topic, 0, `n${n}`)]))
      await vi.waitFor(() => expect(handler.values).toHaveLength(12), WAIT)
      expect(performance.now() - begun).toBeLessThan(2_000)
      expect(handler.calls[0]).toBe('assigned')
      expect(handler.batches.at(-1)?.nextOffset).toBe((await log.ranges(topic))[0]?.end)
      await stop()
      await writer.close()
    })

    test('leads past an aborted transaction and its marker', async () => {
      const topic = await newTopic(log)
      await publish(log, topic, 'a')
      const writer = await log.writer(uniqueName('w'))
      await writer
        .transaction(async tx => {
          await tx.publish([records(topic, 0, 'lost')])
          throw new Error('no')
        })
        .catch(() => undefined)
      const { handler, stop } = consume(log, [topic])
      await vi.waitFor(() => expect(handler.batches.at(-1)?.nextOffset).toBe(4n), WAIT)
      expect(handler.values).toEqual(['a'])
      await stop()
      await writer.close()
    })

    test('gives up its partitions on abort, promptly, so that it can be deleted', async () => {
      const topic = await newTopic(log)
      const { handler, stop, groupId } = consume(log, [topic])
      await vi.waitFor(() => expect(handler.holding).toHaveLength(1), WAIT)
      const begun = performance.now()
      await stop()
      expect(performance.now() - begun).toBeLessThan(2_000)
      expect(handler.calls.at(-1)).toBe('revoked')
      await log.deleteGroups([groupId])
      await log.deleteGroups([groupId])
    })

    test('shares partitions out anew when a member comes or goes', async () => {
      const topic = await newTopic(log, 4)
      const one = consume(log, [topic])
      await vi.waitFor(() => expect(one.handler.holding).toHaveLength(4), WAIT)
      const other = subject.open()
      const two = consume(other, [topic], undefined, one.groupId)
      await vi.waitFor(() => expect(two.handler.holding).toHaveLength(2), WAIT)
      await vi.waitFor(() => expect(one.handler.holding).toHaveLength(2), WAIT)
      const held = [...one.handler.holding, ...two.handler.holding].map(({ partition }) => partition)
      expect(held.toSorted()).toEqual([0, 1, 2, 3])
      expect(one.handler.calls).toEqual(['assigned', 'revoked', 'assigned'])
      await two.stop()
      await vi.waitFor(() => expect(one.handler.holding).toHaveLength(4), WAIT)
      await one.stop()
      await other.close()
    })

    test('takes partitions from a member whose batch is waiting, and delivers nothing stale to it', async () => {
      const topic = await newTopic(log, 2)
      await publish(log, topic, 'a')
      await publish(log, topic, 'b')
      const release = deferred()
      const one = consume(log, [topic], h => (h.onBatch = () => release.promise))
      await vi.waitFor(() => expect(one.handler.values.length).toBeGreaterThan(0), WAIT)
      const before = one.handler.batches.length
      const two = consume(log, [topic], undefined, one.groupId)
      await vi.waitFor(() => expect(one.handler.calls).toContain('revoked'), WAIT)
      expect(one.handler.batches).toHaveLength(before)
      release.resolve()
      await vi.waitFor(() => expect(two.handler.holding).toHaveLength(1), WAIT)
      await vi.waitFor(() => expect(one.handler.holding).toHaveLength(1), WAIT)
      const after = one.handler.calls.slice(one.handler.calls.indexOf('revoked') + 1)
      expect(after[0]).toBe('assigned')
      await Promise.all([one.stop(), two.stop()])
    })

    test('waits with the next batch until the last one is taken, and stays a member meanwhile', async () => {
      const topic = await newTopic(log)
      const release = deferred()
      const { handler, stop } = consume(log, [topic], h => (h.onBatch = () => release.promise))
      await publish(log, topic, 'a')
      await vi.waitFor(() => expect(handler.values).toEqual(['a']), WAIT)
      await publish(log, topic, 'b')
      // Longer than Kafka waits for a silent member.
      await new Promise(resolve => setTimeout(resolve, 12_000))
      expect(handler.calls).toEqual(['assigned', 'batch'])
      release.resolve()
      await vi.waitFor(() => expect(handler.values).toEqual(['a', 'b']), WAIT)
      await stop()
    })

    test('delivers nothing of a paused partition and goes on after the last batch when resumed', async () => {
      const topic = await newTopic(log)
      const { handler, consumer, stop } = consume(log, [topic])
      await log.append(records(topic, 0, 'a'))
      await vi.waitFor(() => expect(handler.values).toEqual(['a']), WAIT)
      consumer.pause([{ topic, partition: 0 }])
      await log.append(records(topic, 0, 'b'))
      await new Promise(resolve => setTimeout(resolve, 400))
      expect(handler.values).toEqual(['a'])
      consumer.resume([{ topic, partition: 0 }])
      await vi.waitFor(() => expect(handler.values).toEqual(['a', 'b']), WAIT)
      await stop()
    })

    test('delivers again from where it is told to seek', async () => {
      const topic = await newTopic(log)
      await log.append(records(topic, 0, 'a', 'b', 'c'))
      const { handler, consumer, stop } = consume(log, [topic])
      await vi.waitFor(() => expect(handler.values).toEqual(['a', 'b', 'c']), WAIT)
      consumer.seek({ topic, partition: 0, offset: 1n })
      await vi.waitFor(() => expect(handler.values).toEqual(['a', 'b', 'c', 'b', 'c']), WAIT)
      await stop()
    })

    test('ignores offsets that are stored with it', async () => {
      const topic = await newTopic(log)
      await log.append(records(topic, 0, 'a', 'b'))
      const one = consume(log, [topic])
      await vi.waitFor(() => expect(one.handler.values).toHaveLength(2), WAIT)
      await one.consumer.commit([{ topic, partition: 0, offset: 2n }])
      await one.stop()
      const two = consume(log, [topic], undefined, one.groupId)
      await vi.waitFor(() => expect(two.handler.values).toEqual(['a', 'b']), WAIT)
      await two.stop()
    })

    test.each([
      ['below the first', 0n],
      ['above the last', 99n],
    ])('fails with kafka.offset_lost when a start is %s offset', async (_where, offset) => {
      const topic = await newTopic(log)
      await log.append(records(topic, 0, 'a', 'b', 'c'))
      await subject.trim({ topic, partition: 0 }, 2n)
      const { handler, done } = consume(log, [topic], h => (h.starts = () => offset))
      await expect(done).rejects.toMatchObject({ code: 'kafka.offset_lost' })
      expect(handler.values).toEqual([])
      expect(handler.calls).toEqual(['assigned', 'revoked'])
    })

    test('fails with kafka.offset_lost when retention passes a partition that stands still', async () => {
      const topic = await newTopic(log)
      await log.append(records(topic, 0, 'a', 'b', 'c'))
      const { handler, consumer, done } = consume(log, [topic], h => (h.onBatch = async () => pause()))
      const pause = () => consumer.pause([{ topic, partition: 0 }])
      await vi.waitFor(() => expect(handler.values).toHaveLength(3), WAIT)
      await log.append(records(topic, 0, 'd', 'e'))
      await subject.trim({ topic, partition: 0 }, 4n)
      consumer.resume([{ topic, partition: 0 }])
      await expect(done).rejects.toMatchObject({ code: 'kafka.offset_lost' })
    })

    test("ends with its handler's failure", async () => {
      const topic = await newTopic(log)
      await log.append(records(topic, 0, 'a'))
      const failure = new Error('target is gone')
      const { handler, done } = consume(log, [topic], h => (h.onBatch = () => Promise.reject(failure)))
      await expect(done).rejects.toBe(failure)
      expect(handler.calls).toEqual(['assigned', 'batch', 'revoked'])
    })

    test('of a topic that does not exist fails with kafka.topic_missing', async () => {
      const { done } = consume(log, [uniqueName('none')])
      await expect(done).rejects.toMatchObject({ code: 'kafka.topic_missing' })
    })
  })
})

interface Running {
  readonly handler: RecordingHandler
  readonly consumer: GroupConsumer
  readonly groupId: string
  readonly done: Promise<void>
  stop(): Promise<void>
}

function consume(
  log: Log,
  topics: string[],
  prepare?: (handler: RecordingHandler) => void,
  groupId = uniqueName('group'),
): Running {
  const handler = new RecordingHandler()
  prepare?.(handler)
  const stopping = new AbortController()
  const consumer = log.consumer({ groupId, topics, maxBytes: 8 << 20 })
  const done = consumer.run(handler, stopping.signal)
  done.catch(() => undefined)
  const stop = async () => {
    stopping.abort()
    await done
  }
  return { handler, consumer, groupId, done, stop }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => undefined as void
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}
