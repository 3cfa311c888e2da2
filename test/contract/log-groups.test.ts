import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Log, LogWriter } from '../../kafka/log.ts'
import { logSubjects, newTopic, publish, records, uniqueName } from '../support/log-subject.ts'
import type { LogSubject } from '../support/log-subject.ts'
import { consume, deferred } from '../support/running-consumer.ts'

const WAIT = { timeout: 60_000, interval: 10 }

describe.each(logSubjects)('a consumer group of a log %s', (_name, makeSubject) => {
  let subject: LogSubject
  let log: Log

  beforeAll(() => {
    subject = makeSubject()
    log = subject.open()
  })
  afterAll(() => log.close())

  test('begins where its handler says and delivers what comes', async () => {
    const topic = await newTopic(log)
    await publish(log, topic, 'a', 'b', 'c')
    const { handler, stop } = consume(log, [topic], h => (h.starts = () => 1n))
    await vi.waitFor(() => expect(handler.values).toEqual(['b', 'c']), WAIT)
    const writer = await log.writer(uniqueName('w'))
    for (let n = 0; n < 10; n++) await writer.transaction(tx => tx.publish([records(topic, 0, `n${n}`)]))
    await vi.waitFor(() => expect(handler.values).toHaveLength(12), WAIT)
    expect(handler.calls[0]).toBe('assigned')
    expect(handler.batches.at(-1)?.nextOffset).toBe((await log.ranges([topic]))[0]?.end)
    await stop()
    await writer.close()
  })

  test('leads past an aborted transaction and its marker', async () => {
    const topic = await newTopic(log)
    await publish(log, topic, 'a')
    const writer = await log.writer(uniqueName('w'))
    await publishNothing(writer, topic)
    const { handler, stop } = consume(log, [topic])
    await vi.waitFor(() => expect(handler.batches.at(-1)?.nextOffset).toBe(4n), WAIT)
    expect(handler.values).toEqual(['a'])
    await stop()
    await writer.close()
  })

  test('tells up to where nothing lies behind what it has delivered, and nothing of what waits', async () => {
    const topic = await newTopic(log, 2)
    const place = (partition: number, offset: bigint) => ({ topic, partition, offset })
    await publish(log, topic, 'a')
    const { handler, consumer, stop } = consume(log, [topic])
    await vi.waitFor(() => expect(handler.values).toEqual(['a']), WAIT)
    const writer = await log.writer(uniqueName('w'))
    await publishNothing(writer, topic)
    // One record and its mark, twice.
    await vi.waitFor(() => {
      const reached = handler.batches.at(-1)?.nextOffset ?? 0n
      expect(consumer.emptyTo(place(0, reached))).toBe(4n)
    }, WAIT)
    await publishNothing(writer, topic)
    await vi.waitFor(() => expect(consumer.emptyTo(place(0, 4n))).toBe(6n), WAIT)
    expect(consumer.emptyTo(place(0, 0n))).toBe(0n)
    expect(consumer.emptyTo(place(1, 0n))).toBe(0n)
    expect(consumer.emptyTo({ ...place(0, 7n), topic: 'another' })).toBe(7n)
    const held = deferred()
    handler.onBatch = () => held.promise
    await writer.transaction(tx => tx.publish([records(topic, 0, 'b')]))
    await vi.waitFor(() => expect(handler.values).toContain('b'), WAIT)
    expect(consumer.emptyTo(place(0, 6n))).toBe(6n)
    held.resolve()
    await stop()
    await writer.close()
  })

  test('gives up its partitions on abort, promptly, so that it can be deleted', async () => {
    const topic = await newTopic(log)
    const { handler, stop, groupId } = consume(log, [topic])
    await vi.waitFor(() => expect(handler.holding).toHaveLength(1), WAIT)
    await stop()
    expect(handler.calls.at(-1)).toBe('revoked')
    expect(await log.dismissMembers(groupId), 'members that are still waited for').toBe(0)
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
    expect(held.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
    expect(one.handler.calls).toEqual(['assigned', 'revoked', 'assigned'])
    await two.stop()
    await vi.waitFor(() => expect(one.handler.holding).toHaveLength(4), WAIT)
    await one.stop()
    await other.close()
  })

  test('nobody waits for a member that was dismissed, and one that lives joins again', async () => {
    const topic = await newTopic(log, 4)
    const one = consume(log, [topic])
    await vi.waitFor(() => expect(one.handler.holding).toHaveLength(4), WAIT)
    expect(await log.dismissMembers(one.groupId)).toBe(1)
    await vi.waitFor(() => expect(one.handler.calls).toEqual(['assigned', 'revoked', 'assigned']), WAIT)
    expect(one.handler.holding).toHaveLength(4)
    await one.stop()
    expect(await log.dismissMembers(one.groupId)).toBe(0)
    expect(await log.dismissMembers(uniqueName('nobody'))).toBe(0)
  })

  // Each waits, for a silent member or for a rebalance: they do so at the same time.
  test.concurrent('takes partitions from a member whose batch is waiting, and delivers nothing stale to it', async () => {
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

  test.concurrent('waits with the next batch until the last one is taken, and stays a member meanwhile', async () => {
    const topic = await newTopic(log)
    const release = deferred()
    const { handler, stop } = consume(log, [topic], h => (h.onBatch = () => release.promise))
    await publish(log, topic, 'a')
    await vi.waitFor(() => expect(handler.values).toEqual(['a']), WAIT)
    await publish(log, topic, 'b')
    await new Promise(resolve => setTimeout(resolve, subject.silenceMs))
    expect(handler.calls).toEqual(['assigned', 'batch'])
    release.resolve()
    await vi.waitFor(() => expect(handler.values).toEqual(['a', 'b']), WAIT)
    await stop()
  })

  test.concurrent('delivers nothing of a paused partition and goes on after the last batch when resumed', async () => {
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

  test.concurrent('delivers again from where it is told to seek', async () => {
    const topic = await newTopic(log)
    await log.append(records(topic, 0, 'a', 'b', 'c'))
    const { handler, consumer, stop } = consume(log, [topic])
    await vi.waitFor(() => expect(handler.values).toEqual(['a', 'b', 'c']), WAIT)
    consumer.seek({ topic, partition: 0, offset: 1n })
    await vi.waitFor(() => expect(handler.values).toEqual(['a', 'b', 'c', 'b', 'c']), WAIT)
    await stop()
  })

  test.concurrent('ignores offsets that are stored with it', async () => {
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

  test.concurrent.each([
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

  test.concurrent('fails with kafka.offset_lost when retention passes a partition that stands still', async () => {
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

  test.concurrent("ends with its handler's failure", async () => {
    const topic = await newTopic(log)
    await log.append(records(topic, 0, 'a'))
    const failure = new Error('target is gone')
    const { handler, done } = consume(log, [topic], h => (h.onBatch = () => Promise.reject(failure)))
    await expect(done).rejects.toBe(failure)
    expect(handler.calls).toEqual(['assigned', 'batch', 'revoked'])
  })

  test.concurrent('of a topic that does not exist fails with kafka.topic_missing', async () => {
    const { done } = consume(log, [uniqueName('none')])
    await expect(done).rejects.toMatchObject({ code: 'kafka.topic_missing' })
  })
})

/** A record and its mark that nobody may see. */
async function publishNothing(writer: LogWriter, topic: string): Promise<void> {
  const aborted = writer.transaction(async tx => {
    await tx.publish([records(topic, 0, 'lost')])
    throw new Error('no')
  })
  await expect(aborted).rejects.toThrow('no')
  await writer.settle()
}
