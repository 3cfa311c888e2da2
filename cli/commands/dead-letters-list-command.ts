import { Command, Option } from 'commander'
import type { DeadLetter } from '../../control/dead-letters.ts'
import type { OversizeEvent } from '../../control/oversize-events.ts'
import type { CliContext } from '../cli-context.ts'
import { globalOptions } from '../global-options.ts'
import { textTable } from '../text-table.ts'

export const targetOption = new Option(
  '-t, --target <name>',
  'only this target (default: all of the configuration)',
)

export function listCommand(context: CliContext): Command {
  return new Command('list')
    .summary('list parked events')
    .description(
      'Lists the parked events of the targets with their places, rows and reasons, and the rows that were too large for Kafka. Changes nothing.',
    )
    .addOption(targetOption)
    .addHelpText('after', '\nExample:\n  switchback dead-letters list --json\n')
    .action(async ({ target }: { target?: string }, command: Command) => {
      const { config, json } = globalOptions(command)
      const { oversizeEvents } = await import('../../control/oversize-events.ts')
      const { targetLetters } = await import('../target-letters.ts')
      const { withTool } = await import('../with-tool.ts')
      const { readRowNames } = await import('../row-names.ts')
      await withTool(context, config, async tool => {
        const { signal } = context
        const names = await readRowNames({ ...tool, signal })
        const targets = await Promise.all(
          targetLetters(context, config, target).map(async ({ name, letters }) => ({
            target: name,
            events: await letters.list(names),
          })),
        )
        const oversize = await oversizeEvents(tool.log, tool.config.migration, signal)
        context.stdout.write(
          json
            ? `${JSON.stringify({ targets, oversize })}\n`
            : [...targets.map(listText), ...oversizeText(oversize)].join('\n'),
        )
      })
    })
}

function listText({ target, events }: { target: string; events: readonly DeadLetter[] }): string {
  if (events.length === 0) return `target ${target}: nothing is parked\n`
  const rows = events.map(event => [
    event.place,
    event.table ?? '',
    event.key ?? '',
    event.status,
    event.requested ?? '',
    event.parkedAt,
    event.code,
    event.message,
  ])
  return `target ${target}\n${textTable(['place', 'table', 'key', 'status', 'requested', 'since', 'code', 'reason'], rows)}`
}

function oversizeText(events: readonly OversizeEvent[]): string[] {
  if (events.length === 0) return []
  const rows = events.map(event => [
    event.table,
    event.key,
    String(event.bytes),
    String(event.maxRecordBytes),
    event.parkedAt,
  ])
  const table = textTable(['table', 'key', 'bytes', 'limit', 'since'], rows)
  return [`too large for Kafka (kafka.maxRecordBytes), not copied\n${table}`]
}
