import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { runDemo } from './run-demo.ts'
import { type DemoOptions, demoOptions, usage } from './options.ts'

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)))

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const options = demoOptions(process.argv.slice(2))
    if (options !== 'help') return await inFolder(options)
    process.stdout.write(usage)
    return 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${stop.signal.aborted ? 'Stopped' : 'Failed'}: ${message}\n`)
    return stop.signal.aborted ? 130 : 1
  }
}

async function inFolder(options: DemoOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'switchback-demo-'))
  const log = await open(join(folder, 'switchback.log'), 'a')
  let failed = true
  try {
    const equal = await runDemo(options, { folder, log: log.fd, signal: stop.signal, kept })
    failed = !equal
    return equal ? 0 : 1
  } finally {
    await log.close()
    if (failed && !stop.signal.aborted) process.stderr.write(`The log is in ${folder}\n`)
    else await rm(folder, { recursive: true })
  }
}

/** Everything stays as it is until Ctrl-C. */
async function kept(text: string): Promise<void> {
  process.stdout.write(text)
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
}
