import { Argument, Command, InvalidArgumentError } from 'commander'
import { errorCatalogue } from '../../core/error-catalogue.ts'
import type { ErrorCode, ErrorEntry } from '../../core/errors.ts'
import { nearestKey } from '../../schemas/config/nearest-key.ts'
import type { CliContext } from '../cli-context.ts'
import { globalOptions } from '../global-options.ts'

// Object.keys forgets the type of the keys of a constant.
const codes = Object.keys(errorCatalogue) as readonly ErrorCode[]

export function errorsCommand({ stdout }: CliContext): Command {
  return new Command('errors')
    .summary('explain error codes')
    .description(
      'Explains one error code, or lists all: what it means, what Switchback does, what to do. Changes nothing.',
    )
    .addArgument(new Argument('[code]', 'for example kafka.fenced').argParser(knownCode))
    .addHelpText('after', '\nExamples:\n  switchback errors kafka.fenced\n  switchback errors --json\n')
    .action((code: ErrorCode | undefined, _: unknown, command: Command) => {
      const wanted = code === undefined ? codes : [code]
      const entries = wanted.map(each => ({ code: each, ...errorCatalogue[each] }))
      stdout.write(
        globalOptions(command).json ? `${JSON.stringify(entries)}\n` : entries.map(entryText).join('\n'),
      )
    })
}

function knownCode(text: string): ErrorCode {
  const code = codes.find(known => known === text)
  if (code !== undefined) return code
  const nearest = nearestKey(text, codes)
  throw new InvalidArgumentError(nearest === null ? 'There is no such code.' : `Did you mean ${nearest}?`)
}

const decisions = {
  retry: 'Switchback tries again, for ever, and shows it',
  halt: 'Switchback stops at this place and changes nothing',
  ask: 'your input is needed',
} as const

function entryText({ code, decision, exit, meaning, remedy }: ErrorEntry & { code: string }): string {
  return `${code}\n  ${meaning}\n  Decision: ${decisions[decision]}; exit code ${exit}.\n  Remedy: ${remedy}\n`
}
