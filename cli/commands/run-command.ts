import { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { roleOptions, withRoleOptions } from '../role-options.ts'
import { paragraphs } from '../paragraphs.ts'

export function runCommand(context: CliContext): Command {
  const command = new Command('run')
    .summary('copy and follow: connector and sinks in one process')
    .description(
      paragraphs(`Runs the whole migration in one process: the connector, and a sink for every target. Copies what is there, follows what
changes, and goes on until it is stopped; started again, it goes on where it was. Servers that cannot be reached are
tried for ever.

Changes: at the source a replication slot and publications; in Kafka the migration's topics and consumer groups; in each
target the tables and the schema "switchback" with the progress. \`switchback drop\` removes all of it but the rows.`),
    )
    .addHelpText(
      'after',
      `
Progress goes to stdout: bars on a terminal, plain lines elsewhere, JSON lines with --json. The log goes to stderr as JSON.

Examples:
  switchback run -c migration.yaml
  switchback run --json 2> switchback.log | jq .progress.total
`,
    )
    .action(async (_: unknown, invoked: Command) => {
      const { runRole } = await import('../role-process.ts')
      const { wireConnector } = await import('../wire-connector.ts')
      const { wireSinks } = await import('../wire-sinks.ts')
      await runRole(context, roleOptions(context, 'run', invoked), [wireConnector, wireSinks([])])
    })
  return withRoleOptions(command)
}
