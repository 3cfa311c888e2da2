import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchOptions, benchOptions, usage } from './options.ts'
import { report } from './report.ts'
import { resultJson } from './result.ts'
import { runBench } from './run-bench.ts'

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)))

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const options = benchOptions(process.argv.slice(2))
    if (options === 'help') process.stdout.write(usage)
    else await inFolder(options)
    return 0
  } catch (error) {
    process.stderr.write(`${stop.signal.aborted ? 'Stopped' : 'Failed'}: ${messageOf(error)}\n`)
    return stop.signal.aborted ? 130 : 1
  }
}

async function inFolder(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'switchback-bench-'))
  try {
    const result = await runBench(options, { folder, say, signal: stop.signal })
    process.stdout.write(`\n${report(result)}`)
    if (options.json !== null)
      await writeFile(options.json, `${JSON.stringify(resultJson(result), null, 2)}\n`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
