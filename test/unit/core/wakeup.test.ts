import { expect, test } from 'vitest'
import { Wakeup } from '../../../core/wakeup.ts'

const minuteMs = 60_000
const never = new AbortController().signal

test('a wake ends a sleep, also one that begins later, and only one', async () => {
  const wakeup = new Wakeup()
  const sleeping = wakeup.sleep(minuteMs, never)
  wakeup.wake()
  await sleeping
  wakeup.wake()
  await wakeup.sleep(minuteMs, never)
  const order: string[] = []
  const again = wakeup.sleep(20, never).then(() => order.push('slept'))
  await Promise.resolve()
  order.push('went on')
  await again
  expect(order).toEqual(['went on', 'slept'])
})

test('an abort ends a sleep, and sleeps leave nothing on the signal', async () => {
  const wakeup = new Wakeup()
  const stop = new AbortController()
  let listening = 0
  const { signal } = stop
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...all: Parameters<typeof add>) => {
    listening++
    add(...all)
  }
  signal.removeEventListener = (...all: Parameters<typeof remove>) => {
    listening--
    remove(...all)
  }
  for (let turn = 0; turn < 3; turn++) {
    const sleeping = wakeup.sleep(minuteMs, signal)
    wakeup.wake()
    await sleeping
  }
  const last = wakeup.sleep(minuteMs, signal)
  stop.abort()
  await last
  await wakeup.sleep(minuteMs, signal)
  expect(listening).toBe(0)
})
