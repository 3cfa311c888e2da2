import { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { globalOptions } from '../global-options.ts'
import { paragraphs } from '../paragraphs.ts'

export function explainCommand(context: CliContext): Command {
  return new Command('explain')
    .summary('show how something is done')
    .description('Shows how Switchback does its work for a table of yours. Changes nothing.')
    .addHelpText('after', '\nExample:\n  switchback explain codec --table public.orders\n')
    .addCommand(codecCommand(context))
}

function codecCommand(context: CliContext): Command {
  return new Command('codec')
    .summary('print the code that is generated for a table')
    .description(
      paragraphs(`Describes the table as the source has it now, and prints the JavaScript that is generated for it: how its keys and rows become
Avro, how a sink finds the fields of an event, and how it writes a row for COPY. Above each column stands its name and type, and
whether only the plain codec is called for it. Elsewhere put… and take… are quick forms for common values; what they leave is done
by plain, the plain codec, whose results they share byte for byte. Where Node.js may not generate code, everything is plain.

For profiles, and to see why one table costs more than another. Reads the catalogue of the source only; changes nothing.`),
    )
    .requiredOption('--table <schema.table>', 'a table of the migration, as status prints it')
    .addHelpText(
      'after',
      '\nExamples:\n  switchback explain codec --table public.orders\n  switchback explain codec --table \'shop."odd.name"\' -c migration.yaml\n',
    )
    .action(async (_: unknown, command: Command) => {
      const { json, config: path } = globalOptions(command)
      // Commander types options as any; this one is declared above.
      const { table } = command.opts<{ table: string }>()
      const { loadConfig } = await import('../load-config.ts')
      const { generatedFor } = await import('../generated-for.ts')
      const codes = await generatedFor(loadConfig(context, path), table, context.signal)
      context.stdout.write(
        json
          ? `${JSON.stringify(codes)}\n`
          : codes.map(({ purpose, source }) => `// ${purpose}\n\n${source}`).join('\n'),
      )
    })
}
