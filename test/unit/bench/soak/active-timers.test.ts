import { expect, test } from 'vitest'
import { processTelemetry } from '../../../../api/process-telemetry.ts'
import { timersOf } from '../../../../bench/soak/active-timers.ts'

test('timers are read from what a process of Switchback tells about itself', async () => {
  const telemetry = processTelemetry({
    migration: 'm',
    role: 'sink',
    level: 'silent',
    write: () => undefined,
    redact: text => text,
  })
  const before = timersOf(await telemetry.exposition())
  const timers = Array.from({ length: 7 }, () => setTimeout(() => undefined, 60_000))
  expect(timersOf(await telemetry.exposition())).toBeGreaterThanOrEqual(before + 7)
  for (const timer of timers) clearTimeout(timer)
})
