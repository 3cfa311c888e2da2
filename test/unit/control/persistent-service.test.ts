import { expect, test } from 'vitest'
import { persistentService } from '../../../control/persistent-service.ts'
import { MigrationError } from '../../../core/errors.ts'
import { readiness } from '../../../core/readiness.ts'
import { silent } from '../../../core/telemetry.ts'

const passing = new MigrationError('postgres.unreachable', 'away for now')

function service(run: (signal: AbortSignal) => Promise<void>) {
  return persistentService({ name: 'part', run }, silent, readiness())
}

test('a service that fails for now is started again, until it ends by itself', async () => {
  let starts = 0
  const run = async () => {
    if (++starts === 1) throw passing
  }
  await service(run).run(new AbortController().signal)
  expect(starts).toBe(2)
})

test('a failure that does not pass ends it', async () => {
  const failure = new MigrationError('kafka.fenced', 'another one runs')
  await expect(service(() => Promise.reject(failure)).run(new AbortController().signal)).rejects.toBe(failure)
})

test('an abort ends it in good order: while it runs, and between two starts without another one', async () => {
  const stop = new AbortController()
  const interrupted = async (signal: AbortSignal) => {
    stop.abort()
    signal.throwIfAborted()
  }
  await service(interrupted).run(stop.signal)
  const later = new AbortController()
  let starts = 0
  const failing = async () => {
    starts++
    setTimeout(() => later.abort(), 10)
    throw passing
  }
  await service(failing).run(later.signal)
  expect(starts).toBe(1)
})
