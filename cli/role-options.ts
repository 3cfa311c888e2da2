import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CliContext } from './cli-context.ts'
import { globalOptions, type GlobalOptions } from './global-options.ts'

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** The options of a long-running command. */
export interface RoleOptions extends GlobalOptions {
  readonly role: 'run' | 'connector' | 'sink'
  readonly logLevel: (typeof logLevels)[number]
  /** Null: as the configuration says. */
  readonly httpPort: number | null
}

export function withRoleOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--log-level <level>',
        'the least that the JSON log on stderr holds (default: info; warn under bars)',
      ).choices(logLevels),
    )
    .option(
      '--http-port <port>',
      'port for /metrics, /healthz and /readyz, in place of the one in the configuration',
      parsePort,
    )
}

export function roleOptions(context: CliContext, role: RoleOptions['role'], command: Command): RoleOptions {
  const { logLevel, httpPort } = command.opts<{ logLevel?: RoleOptions['logLevel']; httpPort?: number }>()
  const underBars = context.stdout.isTTY === true && context.stderr.isTTY === true
  return {
    ...globalOptions(command),
    role,
    logLevel: logLevel ?? (underBars ? 'warn' : 'info'),
    httpPort: httpPort ?? null,
  }
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}
