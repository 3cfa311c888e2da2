#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import type { CliContext } from './cli-context.ts'

/** How long a command that is done may take to let go of its sockets. */
const lingerMs = 5_000

/** As shells have it for Ctrl-C. */
const interruptedExit = 130

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // Who asks a second time does not want to wait for a good order.
    if (stop.signal.aborted) process.exit(interruptedExit)
    stop.abort()
  })
}
// The reader of our output has gone, as `head` does.
process.stdout.on('error', () => process.exit(0))

process.exitCode = await main()
setTimeout(() => process.exit(), lingerMs).unref()

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  // Loaded behind the handlers above: a signal that comes this early is no death by signal either.
  const { program } = await import('./program.ts')
  const context = await cliContext()
  try {
    await program(context).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return interruptedExit
    const { printError } = await import('./print-error.ts')
    return printError(error, context.stderr, args.includes('--json'))
  }
}

async function cliContext(): Promise<CliContext> {
  const { hidingOutput } = await import('./hiding-output.ts')
  return {
    env: process.env,
    readFile: path => readFileSync(path, 'utf8'),
    ...hidingOutput(process.stdout, process.stderr),
    ask: process.stdin.isTTY ? ask : null,
    signal: stop.signal,
  }
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question, { signal: stop.signal })
  } finally {
    terminal.close()
  }
}
