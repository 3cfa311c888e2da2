import { expect, test } from 'vitest'
import { BatchSize } from '../../../sinks/batch-size.ts'

const most = { bytes: 8_000_000, events: 50_000 }

/** A target that takes so long for a batch, and so much longer for each event. */
interface Target {
  readonly batchSeconds: number
  readonly eventSeconds: number
}

/** Full batches of events of 100 bytes, with times that vary by a tenth. Gives what the last ones held. */
function write(size: BatchSize, { batchSeconds, eventSeconds }: Target, batches = 30): number[] {
  return Array.from({ length: batches }, (_, index) => {
    const events = Math.ceil(size.limits.events)
    const noise = 1 + (((index * 7) % 11) - 5) / 50
    size.note({ events, bytes: events * 100 }, (batchSeconds + eventSeconds * events) * noise)
    return events
  }).slice(-10)
}

test('a batch begins small and becomes as large as the limits allow when the target is fast', () => {
  const size = new BatchSize(most)
  expect(size.limits.events).toBeLessThan(most.events / 4)
  expect(write(size, { batchSeconds: 0.005, eventSeconds: 0.000_01 })).toEqual(
    Array.from({ length: 10 }, () => most.events),
  )
})

test('a batch for a slow target is as large as it can write in about two seconds', () => {
  const eventSeconds = 0.001
  for (const events of write(new BatchSize(most), { batchSeconds: 0.01, eventSeconds })) {
    expect(events * eventSeconds).toBeGreaterThan(0.5)
    expect(events * eventSeconds).toBeLessThan(4)
  }
})

test('a batch does not become small where the way to the target is what takes long', () => {
  const [...last] = write(new BatchSize(most), { batchSeconds: 3, eventSeconds: 0.000_05 })
  expect(Math.min(...last)).toBeGreaterThan(most.events / 4)
})

test('a batch becomes large again when a target has been slow for a while', () => {
  const size = new BatchSize(most)
  const slow = write(size, { batchSeconds: 0.01, eventSeconds: 0.01 })
  expect(Math.max(...slow)).toBeLessThan(most.events / 20)
  expect(write(size, { batchSeconds: 0.005, eventSeconds: 0.000_01 })).toContain(most.events)
})

test('the bytes of a batch count as its events do', () => {
  const size = new BatchSize(most)
  for (let batch = 0; batch < 30; batch++) {
    const { bytes } = size.limits
    size.note({ events: 10, bytes }, bytes / 1_000_000)
  }
  expect(size.limits.bytes).toBeGreaterThan(500_000)
  expect(size.limits.bytes).toBeLessThan(4_000_000)
})

test('small batches of a quiet hour change nothing', () => {
  const size = new BatchSize(most)
  const before = size.limits
  for (let batch = 0; batch < 1_000; batch++) size.note({ events: 3, bytes: 300 }, 5)
  expect(size.limits).toEqual(before)
})
