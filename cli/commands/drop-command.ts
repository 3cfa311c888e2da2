import { Command } from 'commander'
import type { DropOutcome } from '../../control/drop.ts'
import { MigrationError } from '../../core/errors.ts'
import type { CliContext } from '../cli-context.ts'
import { globalOptions } from '../global-options.ts'
import type { Tool } from '../with-tool.ts'
import { paragraphs } from '../paragraphs.ts'

export function dropCommand(context: CliContext): Command {
  return new Command('drop')
    .summary('remove all that the migration has made, but the copied rows')
    .description(
      paragraphs(`Removes the migration: slot and publications at the source, its consumer groups, every topic whose name begins with
"<migration>." and what the targets know of its progress. The copied rows stay, and so do the schemas in the registry.
Stop its services first. Safe to repeat: what is gone already is said to be gone.`),
    )
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  switchback drop -c migration.yaml\n  switchback drop --yes --json\n',
    )
    .action(async ({ yes }: { yes?: true }, command: Command) => {
      const { json, config } = globalOptions(command)
      const { drop } = await import('../../control/drop.ts')
      const { wireDrop } = await import('../wire-drop.ts')
      const { withTool } = await import('../with-tool.ts')
      await withTool(context, config, async tool => {
        if (yes !== true) await confirm(context, tool)
        const { steps, close } = wireDrop(tool)
        try {
          await drop(steps, outcome => void context.stdout.write(outcomeText(outcome, json)), context.signal)
        } finally {
          await close()
        }
      })
    })
}

async function confirm({ ask }: CliContext, { config: { migration }, log }: Tool): Promise<void> {
  if (ask === null) throw new MigrationError('confirmation.missing', 'nobody can be asked here')
  const topics = await log.topics(`${migration}.`)
  const list = topics.length === 0 ? 'no topics' : `these topics:\n  ${topics.join('\n  ')}`
  const answer = await ask(
    `Removes slot, publications, consumer groups and progress of the migration ${migration}, and ${list}\nType yes to go on: `,
  )
  if (answer.trim() !== 'yes')
    throw new MigrationError('confirmation.missing', 'not confirmed; nothing was removed')
}

function outcomeText(outcome: DropOutcome, json: boolean): string {
  if (json) return `${JSON.stringify(outcome)}\n`
  switch (outcome.outcome) {
    case 'removed':
      return `removed      ${outcome.what}: ${outcome.found.join(', ')}\n`
    case 'already gone':
      return `already gone ${outcome.what}\n`
    case 'unreachable':
      return `NOT removed  ${outcome.what}: ${outcome.message}\n`
  }
}
