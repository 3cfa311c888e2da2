import { Command } from 'commander'
import { MigrationError } from '../../core/errors.ts'
import type { CliContext } from '../cli-context.ts'
import { globalOptions } from '../global-options.ts'
import { listCommand, targetOption } from './dead-letters-list-command.ts'
import { paragraphs } from '../paragraphs.ts'
import type { TargetLetters } from '../target-letters.ts'

export function deadLettersCommand(context: CliContext): Command {
  return new Command('dead-letters')
    .summary('list, retry or drop events that a target refused')
    .description(
      paragraphs(`An event that a target refuses for good is parked in the target, together with later events of the same row, and copied
to the topic "<migration>.dead-letters"; everything else goes on. Parked events are listed, retried when the reason is gone, or
dropped. Changes nothing by itself: the running sink does what is asked for, within about a second.`),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  switchback dead-letters list\n  switchback dead-letters retry --all\n',
    )
    .addCommand(listCommand(context))
    .addCommand(retryCommand(context))
    .addCommand(dropCommand(context))
}

function retryCommand(context: CliContext): Command {
  return new Command('retry')
    .summary('apply parked events again')
    .description(
      paragraphs(`Asks the running sink to apply parked events again, with all that wait behind them, once you have removed the reason.
What is refused again stays parked. Places are those of one target: where there are several, name it with --target. Changes the request that is stored beside the event in the target.`),
    )
    .argument('[place...]', 'as `list` shows it: topic/partition@offset')
    .option('--all', 'every parked event that is not to be dropped')
    .addOption(targetOption)
    .addHelpText(
      'after',
      '\nExamples:\n  switchback dead-letters retry shop.public.orders/2@1234\n  switchback dead-letters retry --all\n',
    )
    .action(async (places: string[], { all, target }: { all?: true; target?: string }, command: Command) => {
      const { config, json } = globalOptions(command)
      if ((all === true) === places.length > 0)
        throw new MigrationError('dead_letter.unknown', 'give either places or --all')
      const { targetLetters } = await import('../target-letters.ts')
      const chosen = targetLetters(context, config, target)
      if (places.length > 0 && chosen.length > 1)
        throw new MigrationError(
          'dead_letter.unknown',
          'places are those of one target: name it with --target',
        )
      for (const { name, letters } of chosen) {
        printRequested(context, json, {
          target: name,
          action: 'retry',
          places: await letters.request('retry', all === true ? 'all' : places),
        })
      }
    })
}

function dropCommand(context: CliContext): Command {
  return new Command('drop')
    .summary('give parked events up')
    .description(
      paragraphs(`Asks the running sink to give parked events up: the row then differs from the source until a later event of it is applied,
or for good. What waits behind them is applied. Changes the request that is stored beside the event in the target.`),
    )
    .argument('<place...>', 'as `list` shows it: topic/partition@offset')
    .requiredOption('-t, --target <name>', 'the target that shall give them up')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExample:\n  switchback dead-letters drop --target new shop.public.orders/2@1234\n',
    )
    .action(async (places: string[], { target, yes }: { target: string; yes?: true }, command: Command) => {
      const { config, json } = globalOptions(command)
      const { targetLetters } = await import('../target-letters.ts')
      const all = targetLetters(context, config, target)
      if (yes !== true) await confirm(context, places)
      for (const { name, letters } of all)
        printRequested(context, json, {
          target: name,
          action: 'drop',
          places: await letters.request('drop', places),
        })
    })
}

async function confirm({ ask }: CliContext, places: readonly string[]): Promise<void> {
  const answer =
    ask === null
      ? null
      : await ask(`Gives up ${places.join(', ')}: the target will lack these changes.\nType yes to go on: `)
  if (answer?.trim() !== 'yes')
    throw new MigrationError('confirmation.missing', 'not confirmed; nothing was changed')
}

interface Requested {
  readonly target: TargetLetters['name']
  readonly action: 'retry' | 'drop'
  readonly places: readonly string[]
}

function printRequested({ stdout }: CliContext, json: boolean, requested: Requested): void {
  const { target, action, places } = requested
  stdout.write(
    json
      ? `${JSON.stringify(requested)}\n`
      : `target ${target}: ${action} requested for ${places.length} events\n`,
  )
}
