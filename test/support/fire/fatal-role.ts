import { readFileSync } from 'node:fs'
import type { CliContext } from '../../../cli/cli-context.ts'
import { printError } from '../../../cli/print-error.ts'
import { type RoleProcess, runRole, type Wiring } from '../../../cli/role-process.ts'
import { wireConnector } from '../../../cli/wire-connector.ts'
import { openSink, readingRegistry, wireSink } from '../../../cli/wire-sinks.ts'
import { fatalLog } from './fatal-log.ts'
import { fatalSink } from './fatal-sink.ts'
import { KillPoint } from './kill-point.ts'
import { stepClock } from './stepped-clock.ts'

// Connector or sink with the real parts, as a process that kills itself at a place, or whose clock is set all the time:
// `<role> -c <file> … [--kill-at <place>] [--step-clock <seed>]`.
const args = process.argv.slice(2)
const stop = new AbortController()
if (args.includes('--step-clock'))
  stepClock(Number(valueOf('--step-clock')), text => process.stderr.write(text))
process.on('SIGTERM', () => stop.abort())
const context: CliContext = {
  env: process.env,
  readFile: path => readFileSync(path, 'utf8'),
  stdout: process.stdout,
  stderr: process.stderr,
  hide: () => undefined,
  ask: null,
  signal: stop.signal,
}
const role = args[0] === 'connector' ? 'connector' : 'sink'
const point = new KillPoint(valueOf('--kill-at'))
const wirings = { connector: connector(), sink: sinks() }
const options = { role, config: valueOf('-c'), json: false, logLevel: 'info' } as const
process.exitCode = await runRole(context, { ...options, httpPort: Number(valueOf('--http-port')) }, [
  wirings[role],
]).then(
  () => 0,
  (error: unknown) => printError(error, process.stderr, false),
)

function valueOf(option: string): string {
  return args.includes(option) ? (args[args.indexOf(option) + 1] ?? '') : ''
}

function withFatalLog(process: RoleProcess): RoleProcess {
  return { ...process, log: fatalLog(process.log, point) }
}

function connector(): Wiring {
  return running => wireConnector(withFatalLog(running))
}

function sinks(): Wiring {
  return running => {
    const process = withFatalLog(running)
    const registry = readingRegistry(process)
    return process.config.targets.flatMap(target =>
      wireSink(process, registry, target, fatalSink(openSink(process.config, target), point)),
    )
  }
}
