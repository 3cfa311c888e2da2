import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { aborted } from '../../../kafka/abortable.ts'
import { untilEither } from '../../../core/until-either.ts'

test.each([0, 1])('work ends with signal %i and its reason', async which => {
  const sources = [new AbortController(), new AbortController()]
  const reason = new Error('over')
  const work = untilEither(
    sources.map(({ signal }) => signal),
    async signal => {
      await aborted(signal)
      return signal.reason
    },
  )
  sources[which]?.abort(reason)
  expect(await work).toBe(reason)
})

test('work begins aborted when a signal is', async () => {
  const reason = new Error('over')
  const signals = [new AbortController().signal, AbortSignal.abort(reason)]
  expect(await untilEither(signals, async signal => signal.reason)).toBe(reason)
})

test('nothing is left in signals that live on, whether the work succeeds or fails', async () => {
  const signals = [new AbortController().signal, new AbortController().signal]
  expect(await untilEither(signals, async () => 'done')).toBe('done')
  await expect(untilEither(signals, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(signals.map(signal => getEventListeners(signal, 'abort').length)).toEqual([0, 0])
  // The dependants of AbortSignal.any are kept under a symbol of their source.
  const kept = signals.flatMap(signal => Object.getOwnPropertySymbols(signal).map(String))
  expect(kept.filter(name => name.includes('Dependant'))).toEqual([])
})
