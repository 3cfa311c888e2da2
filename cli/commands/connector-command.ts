import { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { roleOptions, withRoleOptions } from '../role-options.ts'
import { paragraphs } from '../paragraphs.ts'

export function connectorCommand(context: CliContext): Command {
  const command = new Command('connector')
    .summary('the process that reads the source and publishes to Kafka')
    .description(
      paragraphs(`Runs the connector alone: the snapshot and the change stream of the source, published to Kafka exactly once. It also
serves the schema registry when the configuration names none. One connector per migration: a second one takes over,
and the first ends with kafka.fenced.

Changes: at the source a replication slot and publications; in Kafka the migration's topics.`),
    )
    .addHelpText('after', '\nExample:\n  switchback connector -c migration.yaml --http-port 9464\n')
    .action(async (_: unknown, invoked: Command) => {
      const { runRole } = await import('../role-process.ts')
      const { wireConnector } = await import('../wire-connector.ts')
      await runRole(context, roleOptions(context, 'connector', invoked), [wireConnector])
    })
  return withRoleOptions(command)
}
