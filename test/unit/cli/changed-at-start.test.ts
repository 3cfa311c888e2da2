import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { hidingOutput } from '../../../cli/hiding-output.ts'
import { runRole } from '../../../cli/role-process.ts'

/** A configuration of servers that are not there. */
function config(limits: object): string {
  const nowhere = { host: '127.0.0.1', port: 1, database: 'd', user: 'u', password: { env: 'PASSWORD' } }
  return JSON.stringify({
    migration: 'm',
    source: { postgres: nowhere, tables: { include: ['public.*'] } },
    targets: [{ name: 'new', postgres: nowhere, limits }],
    kafka: { brokers: ['127.0.0.1:1'], replication: 1 },
  })
}

test('limits that are changed while a process starts hold, although the file was read before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-start-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'migration.yaml')
  writeFileSync(file, config({}))
  // The clock of a file system may be coarse.
  utimesSync(file, 1, 1)
  const readFile = vi.fn<(path: string) => string>(path => {
    const text = readFileSync(path, 'utf8')
    if (readFile.mock.calls.length === 1) writeFileSync(file, config({ rowsPerSecond: 1 }))
    return text
  })
  const stop = new AbortController()
  let log = ''
  const output = { write: (text: string) => (log += text) }
  const context = { env: { PASSWORD: 'x' }, readFile, ask: null, signal: stop.signal }
  const running = runRole(
    { ...context, ...hidingOutput(output, output) },
    { role: 'sink', config: file, json: false, logLevel: 'info', httpPort: null },
    [],
  )
  await vi.waitFor(() => expect(log).toContain('"limits changed"'), { timeout: 60_000, interval: 20 })
  expect(readFile).toHaveBeenCalledTimes(2)
  stop.abort()
  await running
})
