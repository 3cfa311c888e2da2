import type { Command } from 'commander'
import { program } from '../../cli/program.ts'

/** The command line with nothing around it: to be looked at, not to be run. */
export function silentProgram(): Command {
  const silent = { write: () => undefined }
  return program({
    env: {},
    readFile: () => '',
    stdout: silent,
    stderr: silent,
    hide: () => undefined,
    ask: null,
    signal: new AbortController().signal,
  })
}
