import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Log } from '../../kafka/log.ts'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { logSubjects, newTopic, publish, readValues, records, uniqueName } from '../support/log-subject.ts'
import type { LogSubject } from '../support/log-subject.ts'
import { consume } from '../support/running-consumer.ts'

const WAIT = { timeout: 60_000, interval: 10 }

describe.each(logSubjects)('a log %s', (_name, makeSubject) => {
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
      expect(await log.ranges([topic])).toHaveLength(3)
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

    test('are looked at together, in the order in which they are asked for', async () => {
      const [one, two] = [await newTopic(log), await newTopic(log, 2)]
      await log.append(records(two, 1, 'a', 'b'))
      await log.append(records(one, 0, 'c'))
      expect(await log.ranges([two, one])).toEqual([
        { topic: two, partition: 0, start: 0n, end: 0n, written: 0n },
        { topic: two, partition: 1, start: 0n, end: 2n, written: 2n },
        { topic: one, partition: 0, start: 0n, end: 1n, written: 1n },
      ])
      expect(await log.ranges([])).toEqual([])
    })

    test('are refused together when one of them is missing, and the error names it', async () => {
      const [there, gone] = [await newTopic(log), uniqueName('gone')]
      await expect(log.ranges([there, gone])).rejects.toMatchObject({
        code: 'kafka.topic_missing',
        message: expect.stringContaining(gone),
      })
    })

    test('have an id for life, and another one when they were deleted and made again', async () => {
      const [topic, other] = [await newTopic(log, 3), await newTopic(log)]
      const ids = await log.topicIds([topic, other])
      await log.append(records(topic, 1, 'a'))
      const another = subject.open()
      onTestFinished(() => another.close())
      expect(await another.topicIds([other, topic])).toEqual(ids)
      expect(new Set(ids.values()).size).toBe(2)
      await log.deleteTopics([topic])
      expect([...(await log.topicIds([other, topic])).keys()]).toEqual([other])
      await log.ensureTopics([{ topic, partitions: 3, replication: 1, compacted: false, config: {} }])
      const after = await log.topicIds([topic, other])
      expect(after.get(other)).toBe(ids.get(other))
      expect(after.get(topic)).not.toBe(ids.get(topic))
      expect(await log.topicIds([])).toEqual(new Map())
    })

    test('are gone after deletion, which may be repeated', async () => {
      const topic = await newTopic(log)
      await log.deleteTopics([topic])
      expect(await log.topics(topic)).toEqual([])
      await log.deleteTopics([topic])
      await expect(log.ranges([topic])).rejects.toMatchObject({ code: 'kafka.topic_missing' })
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

    test('that throws shows nothing, and the writer goes on once it has settled', async () => {
      const topic = await newTopic(log)
      const writer = await log.writer(uniqueName('w'))
      const failing = writer.transaction(async tx => {
        await tx.publish([records(topic, 0, 'lost')])
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      const behind = writer.transaction(tx => tx.publish([records(topic, 0, 'behind')]))
      await expect(behind).rejects.toMatchObject({ code: 'kafka.failed' })
      await writer.settle()
      await writer.transaction(tx => tx.publish([records(topic, 0, 'kept')]))
      expect((await readValues(log, topic)).values).toEqual(['kept'])
      await writer.close()
    })

    test('without records commits', async () => {
      const writer = await log.writer(uniqueName('w'))
      await expect(writer.transaction(async () => undefined)).resolves.toBeUndefined()
      await expect(writer.transaction(tx => tx.publish([]))).resolves.toBeUndefined()
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

    test('tell the older one when it asks, although it has left nothing open', async () => {
      const topic = await newTopic(log)
      const id = uniqueName('w')
      const older = await log.writer(id)
      await older.settle()
      await older.transaction(tx => tx.publish([records(topic, 0, 'first')]))
      await older.settle()
      const newer = await log.writer(id)
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
      expect(await log.ranges([topic])).toEqual([{ topic, partition: 0, start: 0n, end, written: end }])
      expect(end).toBe(3n)
    })

    test('ends before what a transaction has written that is still open, and ranges tell of that', async () => {
      const topic = await newTopic(log)
      const writer = await log.writer(uniqueName('w'))
      await writer.transaction(async tx => {
        await tx.publish([records(topic, 0, 'a', 'b')])
        expect(await log.ranges([topic])).toEqual([{ topic, partition: 0, start: 0n, end: 0n, written: 2n }])
        expect((await readValues(log, topic)).values).toEqual([])
      })
      await writer.close()
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
      expect((await log.ranges([topic]))[0]?.start).toBe(2n)
    })

    test('from an offset behind the end is kafka.offset_lost', async () => {
      const topic = await newTopic(log)
      await publish(log, topic, 'a')
      const { end } = await readValues(log, topic)
      expect((await readValues(log, topic, { offset: end })).values).toEqual([])
      await expect(readValues(log, topic, { offset: end + 1n })).rejects.toMatchObject({
        code: 'kafka.offset_lost',
      })
    })
  })

  test('an append needs no transaction and tells the offset', async () => {
    const topic = await newTopic(log)
    expect(await log.append(records(topic, 0, 'a', 'b'))).toBe(0n)
    expect(await log.append(records(topic, 0, 'c'))).toBe(2n)
    expect((await readValues(log, topic)).values).toEqual(['a', 'b', 'c'])
  })
})
