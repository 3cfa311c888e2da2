import { Command } from 'commander'
import { productVersion } from '../core/product-version.ts'
import type { CliContext } from './cli-context.ts'
import { checkCommand } from './commands/check-command.ts'
import { connectorCommand } from './commands/connector-command.ts'
import { deadLettersCommand } from './commands/dead-letters-command.ts'
import { dropCommand } from './commands/drop-command.ts'
import { errorsCommand } from './commands/errors-command.ts'
import { explainCommand } from './commands/explain-command.ts'
import { initCommand } from './commands/init-command.ts'
import { runCommand } from './commands/run-command.ts'
import { sinkCommand } from './commands/sink-command.ts'
import { statusCommand } from './commands/status-command.ts'
import { exitCodeHelp } from './exit-codes.ts'

/**
 * The whole command line. Nothing is read or printed before `parseAsync`. Commands import what they work with when they are
 * run: loading everything would take longer than most of them.
 */
export function program(context: CliContext): Command {
  const root = new Command('switchback')
    .description(
      'Moves a live database into another one through Kafka: copies what is there, follows what changes, and loses nothing, whatever is stopped on the way.',
    )
    .version(productVersion, '-V, --version', 'print the version')
    .option('-c, --config <file>', 'the configuration of the migration', 'migration.yaml')
    .option('--json', 'print JSON: one object, or one a line for what goes on')
    .addHelpText(
      'after',
      `
A migration from the beginning to the end:
  switchback init > migration.yaml      write a commented configuration, then edit it
  switchback check                      look for every problem, change nothing
  switchback run                        copy and follow, in one process
  switchback status --watch             see how far it is, from anywhere
  switchback drop                       remove all that the migration has made, but the copied rows
`,
    )
  const commands = [
    initCommand(context),
    checkCommand(context),
    runCommand(context),
    connectorCommand(context),
    sinkCommand(context),
    statusCommand(context),
    deadLettersCommand(context),
    dropCommand(context),
    errorsCommand(context),
    explainCommand(context),
  ]
  for (const command of commands) root.addCommand(command)
  for (const command of everyCommand(root)) prepare(command, context)
  return root
}

/** A command and all below it. */
export function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

function prepare(command: Command, { stdout, stderr }: CliContext): void {
  command
    .exitOverride()
    .helpCommand(false)
    .addHelpText('after', `\n${exitCodeHelp}`)
    .showHelpAfterError('(--help explains the command)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: text => void stdout.write(text),
      writeErr: text => void stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
}
