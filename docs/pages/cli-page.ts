import type { Command } from 'commander'
import type { CliContext } from '../../cli/cli-context.ts'
import { everyCommand, program } from '../../cli/program.ts'
import { generatedNotice } from './markdown.ts'

/** docs/cli.md */
export function cliPage(): string {
  const help = everyCommand(program(collecting())).map(commandText)
  return `# Command line\n\n${generatedNotice}\n${help.join('\n')}`
}

/** Help as it is printed to a page of a hundred columns, whatever terminal this runs in. */
function collecting(): CliContext {
  const stdout = { write: () => undefined, columns: 100 }
  return {
    env: {},
    readFile: () => '',
    stdout,
    stderr: stdout,
    hide: () => undefined,
    ask: null,
    signal: new AbortController().signal,
  }
}

function commandText(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: part => (text += part) })
  command.outputHelp()
  const names = [command.name()]
  for (let parent = command.parent; parent !== null; parent = parent.parent) names.unshift(parent.name())
  return `## ${names.join(' ')}\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n`
}
