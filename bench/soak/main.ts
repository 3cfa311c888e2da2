import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runSoak } from './run-soak.ts'
import { type SoakOptions, soakOptions, usage } from './soak-options.ts'
import { soakReport } from './soak-report.ts'

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)))

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const options = soakOptions(process.argv.slice(2))
    if (options !== 'help') return await soak(options)
    process.stdout.write(usage)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return stop.signal.aborted ? 130 : 1
  }
}

async function soak(options: SoakOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'switchback-soak-'))
  try {
    const result = await runSoak(options, { folder, say, signal: stop.signal })
    process.stdout.write(`\n${soakReport(result)}`)
    if (options.json !== null) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`)
    return result.failures.length === 0 ? 0 : 1
  } finally {
    await rm(folder, { recursive: true })
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
