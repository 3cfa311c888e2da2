import { writeFile } from 'node:fs/promises'
import { inTemporaryFolder } from '../stack/in-temporary-folder.ts'
import { runProgram } from '../stack/run-program.ts'
import { type BenchOptions, benchOptions, usage } from './options.ts'
import { report } from './report.ts'
import { resultJson } from './result.ts'
import { runBench } from './run-bench.ts'

await runProgram({ usage, options: benchOptions, run: bench })

async function bench(options: BenchOptions, signal: AbortSignal): Promise<true> {
  const result = await inTemporaryFolder('switchback-bench-', folder =>
    runBench(options, { folder, say, signal }),
  )
  process.stdout.write(`\n${report(result)}`)
  if (options.json !== null) await writeFile(options.json, `${JSON.stringify(resultJson(result), null, 2)}\n`)
  return true
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
