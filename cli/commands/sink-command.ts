import { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { roleOptions, withRoleOptions } from '../role-options.ts'
import { paragraphs } from '../paragraphs.ts'

export function sinkCommand(context: CliContext): Command {
  const command = new Command('sink')
    .summary('the process that applies Kafka’s changes to targets')
    .description(
      paragraphs(`Runs the sinks alone: reads the migration's topics and applies them to the targets, rows and progress in one
transaction. Several processes may serve one target: they share its partitions.

Changes: in each target the tables and the schema "switchback" with the progress; in Kafka the consumer groups.`),
    )
    .option('-t, --target <name...>', 'only these targets (default: all of the configuration)')
    .addHelpText('after', '\nExamples:\n  switchback sink\n  switchback sink --target new --http-port 9465\n')
    .action(async ({ target = [] }: { target?: string[] }, invoked: Command) => {
      const { runRole } = await import('../role-process.ts')
      const { wireSinks } = await import('../wire-sinks.ts')
      await runRole(context, roleOptions(context, 'sink', invoked), [wireSinks(target)])
    })
  return withRoleOptions(command)
}
