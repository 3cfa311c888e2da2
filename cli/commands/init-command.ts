import { Command } from 'commander'
import { exampleConfig } from '../example-config.ts'
import type { CliContext } from '../cli-context.ts'

export function initCommand({ stdout }: CliContext): Command {
  return new Command('init')
    .summary('print a commented configuration')
    .description('Prints a configuration with comments, to be edited. Changes nothing and reads nothing.')
    .addHelpText('after', '\nExample:\n  switchback init > migration.yaml\n')
    .action(() => void stdout.write(exampleConfig))
}
