import { expect, test } from 'vitest'
import { processTelemetry } from '../../../api/process-telemetry.ts'
import { MigrationError } from '../../../core/errors.ts'
import { metrics } from '../../../core/metric-catalogue.ts'
import { redactor } from '../../../core/redactor.ts'
import { Secret } from '../../../core/secret.ts'

function recorded(secrets: readonly Secret[] = []) {
  const lines: string[] = []
  const telemetry = processTelemetry({
    migration: 'shop',
    role: 'run',
    level: 'info',
    write: line => lines.push(line),
    redact: redactor(secrets),
  })
  return { lines, telemetry }
}

test('the log is one JSON object a line, with the migration and the role', () => {
  const { lines, telemetry } = recorded()
  telemetry.log.info({ table: 'public.a', rows: 3 }, 'chunk copied')
  telemetry.log.debug({}, 'not shown')
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    migration: 'shop',
    role: 'run',
    table: 'public.a',
    rows: 3,
    msg: 'chunk copied',
  })
})

test('an error is logged with its code, remedy and causes, and nothing that a driver hung on it', () => {
  const { lines, telemetry } = recorded()
  const cause = Object.assign(new Error('refused'), { connection: 'driver internals' })
  telemetry.log.error({ error: new MigrationError('kafka.unreachable', 'no broker', { cause }) }, 'failed')
  telemetry.log.error({ err: cause }, 'failed')
  expect(JSON.parse(lines[0] ?? '').error).toMatchObject({
    code: 'kafka.unreachable',
    message: 'no broker',
    causes: ['refused'],
  })
  expect(lines.join()).not.toContain('driver internals')
})

test('planted secrets come out of no part of the log', () => {
  const planted = 'pl"anted\\secret'
  const { lines, telemetry } = recorded([new Secret(planted)])
  telemetry.log.info(
    { password: new Secret(planted), nested: { deep: [planted] } },
    `message with ${planted}`,
  )
  telemetry.log.error(
    { error: new Error(`login with ${planted} failed`, { cause: new Error(planted) }) },
    'failed',
  )
  expect(lines).toHaveLength(2)
  expect(lines.join('')).not.toContain('anted')
  expect(lines.map(line => typeof JSON.parse(line))).toEqual(['object', 'object'])
})

test('every metric of the catalogue is exposed with its help and its labels', async () => {
  const { telemetry } = recorded()
  for (const [name, { type, labels }] of Object.entries(metrics)) {
    // Object.entries forgets the type of the keys of a constant.
    const known = name as keyof typeof metrics
    const values = Object.fromEntries(labels.map(label => [label, 'x']))
    if (type === 'counter') telemetry.count(known, 2, values)
    if (type === 'gauge') telemetry.set(known, 2, values)
    if (type === 'histogram') telemetry.observe(known, 2, values)
  }
  const text = await telemetry.exposition()
  for (const [name, { help }] of Object.entries(metrics)) expect(text).toContain(`# HELP ${name} ${help}`)
  expect(text).toMatch(/^switchback_lag_seconds\{target="x",migration="shop",role="run"\} 2$/m)
  expect(text).toContain('process_cpu_seconds_total')
})

test('samples say what a metric holds now', async () => {
  const { telemetry } = recorded()
  expect(await telemetry.samples('switchback_lag_seconds')).toEqual([])
  telemetry.set('switchback_lag_seconds', 1.5, { target: 'new' })
  expect(await telemetry.samples('switchback_lag_seconds')).toEqual([
    { labels: { target: 'new' }, value: 1.5 },
  ])
})
