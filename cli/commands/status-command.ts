import { Command } from 'commander'
import type { MigrationStatus, TableStatus, TargetStatus } from '../../control/migration-status.ts'
import type { StatusReader } from '../../control/status-reader.ts'
import { MigrationError } from '../../core/errors.ts'
import { every } from '../../core/time.ts'
import type { CliContext } from '../cli-context.ts'
import { globalOptions } from '../global-options.ts'
import { count, duration } from '../progress/numbers.ts'
import { progressDisplay } from '../progress/progress-display.ts'
import { progressService } from '../progress/progress-service.ts'
import { textTable } from '../text-table.ts'
import { paragraphs } from '../paragraphs.ts'

export function statusCommand(context: CliContext): Command {
  return new Command('status')
    .summary('show how far a migration is')
    .description(
      paragraphs(`Shows each table's snapshot and each target's lag, from what is stored in Kafka and in the targets. Works whether or
not services run; says what it could not reach. Changes nothing.`),
    )
    .option('-w, --watch', 'go on showing it until Ctrl-C')
    .addHelpText(
      'after',
      '\nExamples:\n  switchback status\n  switchback status --watch\n  switchback status --json | jq .targets\n',
    )
    .action(async ({ watch }: { watch?: true }, command: Command) => {
      const { json, config } = globalOptions(command)
      const { StatusReader } = await import('../../control/status-reader.ts')
      const { withTool } = await import('../with-tool.ts')
      await withTool(context, config, async ({ config: migration, log }) => {
        const reader = new StatusReader(migration, log)
        try {
          if (watch === true) await watchStatus(context, reader, json)
          else conclude(context, await reader.read(true, context.signal), json)
        } finally {
          await reader.close()
        }
      })
    })
}

async function watchStatus(
  { stdout, stderr, signal }: CliContext,
  reader: StatusReader,
  json: boolean,
): Promise<void> {
  if (!json) {
    await progressService(progressDisplay(stdout, stderr, false), reading => reader.read(true, reading)).run(
      signal,
    )
    return
  }
  // The same object as without --watch, one a line.
  stdout.write(`${JSON.stringify(await reader.read(true, signal))}\n`)
  for await (const _ of every(2_000, signal))
    stdout.write(`${JSON.stringify(await reader.read(true, signal))}\n`)
}

function conclude({ stdout }: CliContext, status: MigrationStatus, json: boolean): void {
  stdout.write(json ? `${JSON.stringify(status)}\n` : statusText(status))
  if (status.unreachable.length === 0) return
  const parts = status.unreachable.map(({ part }) => part)
  throw new MigrationError('status.incomplete', `could not ask ${parts.join(', ')}`, { details: { parts } })
}

function statusText({ migration, position, tables, targets, unreachable }: MigrationStatus): string {
  const parts = [
    `migration ${migration}: ${position === null ? 'nothing is published yet' : `published up to ${position}`}\n`,
    textTable(['table', 'snapshot', 'rows', 'estimated', 'chunks', 'topic'], tables.map(tableRow)),
    textTable(['target', 'lag', 'events behind', 'parked'], targets.map(targetRow)),
    ...unreachable.map(({ part, code, message }) => `cannot reach ${part}: ${code}: ${message}\n`),
  ]
  return parts.filter(part => part !== '').join('\n')
}

function tableRow({ table, snapshot, rows, estimatedRows, chunks, topic }: TableStatus): readonly string[] {
  return [table, snapshot, count(rows), count(estimatedRows), count(chunks), topic]
}

function targetRow({ name, lagSeconds, lagEvents, parked }: TargetStatus): readonly string[] {
  return [
    name,
    lagSeconds === null ? 'unknown' : duration(lagSeconds),
    lagEvents === null ? 'unknown' : count(lagEvents),
    count(parked),
  ]
}
