import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { everyCommand } from '../../../cli/program.ts'
import { silentProgram } from '../../support/silent-program.ts'
import { runCli } from './run-cli.ts'

const commands = everyCommand(silentProgram()).map(command => {
  const names = []
  for (let each: typeof command | null = command; each.parent !== null; each = each.parent)
    names.unshift(each.name())
  return names
})

test('the commands are those that the documentation promises', () => {
  expect(commands.map(names => names.join(' '))).toEqual([
    '',
    'init',
    'check',
    'run',
    'connector',
    'sink',
    'status',
    'dead-letters',
    'dead-letters list',
    'dead-letters retry',
    'dead-letters drop',
    'drop',
    'errors',
    'explain',
    'explain codec',
  ])
})

test.each(commands)(
  'help teaches what %s %s does, what it changes, with examples and exit codes',
  async (...names) => {
    const { exit, stdout } = await runCli([...names, '--help'])
    expect(exit).toBe(0)
    expect(stdout).toMatch(/Examples?:|A migration from the beginning/)
    expect(stdout).toContain('Exit codes:')
    expect(stdout).toContain('--config <file>')
    expect(stdout).toMatch(/[Cc]hange|[Rr]emove/)
  },
)

test('the version is the one of the package', async () => {
  expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('init prints the example that the documentation shows', async () => {
  expect((await runCli(['init'])).stdout).toBe(
    readFileSync('docs/examples/postgres-to-postgres.yaml', 'utf8'),
  )
})
