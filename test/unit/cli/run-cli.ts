import type { CliContext } from '../../../cli/cli-context.ts'
import { hidingOutput } from '../../../cli/hiding-output.ts'
import { printError } from '../../../cli/print-error.ts'
import { program } from '../../../cli/program.ts'

export interface CliRun {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process, as `main` does. */
export async function runCli(args: readonly string[], parts: Partial<CliContext> = {}): Promise<CliRun> {
  const run = { stdout: '', stderr: '' }
  const context: CliContext = {
    env: {},
    readFile: path => {
      throw new Error(`no file ${path}`)
    },
    ...hidingOutput(
      { write: text => (run.stdout += text), columns: 100 },
      { write: text => (run.stderr += text), columns: 100 },
    ),
    ask: null,
    signal: new AbortController().signal,
    ...parts,
  }
  try {
    await program(context).parseAsync([...args], { from: 'user' })
    return { exit: 0, ...run }
  } catch (error) {
    const exit = printError(error, context.stderr, args.includes('--json'))
    return { exit, ...run }
  }
}
