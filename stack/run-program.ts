/** A program for people that works on servers of its own. */
export interface Program<Options> {
  readonly usage: string
  /** Throws a message for people when an option is wrong. */
  readonly options: (args: readonly string[]) => Options | 'help'
  /** Says whether all was well. Ctrl-C aborts the signal. */
  readonly run: (options: Options, signal: AbortSignal) => Promise<boolean>
}

/** Runs it with the arguments of this process, whose exit code it sets. */
export async function runProgram<Options>(program: Program<Options>): Promise<void> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => stop.abort(new Error(`stopped by ${name}`)))
  try {
    const options = program.options(process.argv.slice(2))
    if (options === 'help') process.stdout.write(program.usage)
    else process.exitCode = (await program.run(options, stop.signal)) ? 0 : 1
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${stop.signal.aborted ? 'Stopped' : 'Failed'}: ${message}\n`)
    process.exitCode = stop.signal.aborted ? 130 : 1
  }
}
