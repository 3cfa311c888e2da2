import { writeFile } from 'node:fs/promises'
import { inTemporaryFolder } from '../../stack/in-temporary-folder.ts'
import { runProgram } from '../../stack/run-program.ts'
import { runSoak } from './run-soak.ts'
import { type SoakOptions, soakOptions, usage } from './soak-options.ts'
import { soakReport } from './soak-report.ts'

await runProgram({ usage, options: soakOptions, run: soak })

async function soak(options: SoakOptions, signal: AbortSignal): Promise<boolean> {
  const result = await inTemporaryFolder('switchback-soak-', folder =>
    runSoak(options, { folder, say, signal }),
  )
  process.stdout.write(`\n${soakReport(result)}`)
  if (options.json !== null) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`)
  return result.failures.length === 0
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
