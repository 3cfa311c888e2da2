import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { runProgram } from '../stack/run-program.ts'
import { runDemo } from './run-demo.ts'
import { type DemoOptions, demoOptions, usage } from './options.ts'

await runProgram({ usage, options: demoOptions, run: demo })

async function demo(options: DemoOptions, signal: AbortSignal): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'switchback-demo-'))
  const log = await open(join(folder, 'switchback.log'), 'a')
  // Everything stays as it is until Ctrl-C.
  const kept = async (text: string) => {
    process.stdout.write(text)
    if (!signal.aborted) await once(signal, 'abort')
  }
  let equal = false
  try {
    equal = await runDemo(options, { folder, log: log.fd, signal, kept })
    return equal
  } finally {
    await log.close()
    if (equal || signal.aborted) await rm(folder, { recursive: true })
    else process.stderr.write(`The log is in ${folder}\n`)
  }
}
