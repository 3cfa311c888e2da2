import { Command } from 'commander'
import { checkAll, hasErrors, type PartFindings } from '../../control/check.ts'
import type { Finding } from '../../core/finding.ts'
import { MigrationError } from '../../core/errors.ts'
import type { CliContext } from '../cli-context.ts'
import { globalOptions } from '../global-options.ts'
import { paragraphs } from '../paragraphs.ts'

export function checkCommand(context: CliContext): Command {
  return new Command('check')
    .summary('look for everything that would keep the migration from working')
    .description(
      paragraphs(`Looks at the configuration, Kafka, the registry, the source and every target, and reports all findings at once, each with
what to do. A part that cannot be reached does not keep the others from being checked. Changes nothing.

Findings of severity error forbid the migration (exit code 3); warnings need a decision of yours; infos are good to know.`),
    )
    .addHelpText(
      'after',
      "\nExamples:\n  switchback check -c migration.yaml\n  switchback check --json | jq '.parts[].findings[]'\n",
    )
    .action(async (_: unknown, command: Command) => {
      const { json, config } = globalOptions(command)
      const { wireCheck } = await import('../wire-check.ts')
      const { withTool } = await import('../with-tool.ts')
      await withTool(context, config, async tool => {
        const { parts, close } = wireCheck(tool)
        try {
          conclude(context, await checkAll(parts, context.signal), json)
        } finally {
          await close()
        }
      })
    })
}

function conclude({ stdout }: CliContext, all: readonly PartFindings[], json: boolean): void {
  stdout.write(
    json ? `${JSON.stringify({ ok: !hasErrors(all), parts: all })}\n` : all.map(partText).join('\n'),
  )
  if (!hasErrors(all)) return
  const errors = all.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'error')
  throw new MigrationError('check.failed', `${errors.length} errors; nothing was changed`, {
    details: { errors: errors.length },
  })
}

function partText({ part, findings }: PartFindings): string {
  const worst = findings.some(({ severity }) => severity !== 'info') ? '' : ': in order'
  return `${part}${worst}\n${findings.map(findingText).join('')}`
}

function findingText({ severity, code, subject, message, remedy }: Finding): string {
  const indented = message.replaceAll('\n', '\n    ')
  return `  ${severity} ${code} ${subject}\n    ${indented}\n${remedy === '' ? '' : `    remedy: ${remedy}\n`}`
}
