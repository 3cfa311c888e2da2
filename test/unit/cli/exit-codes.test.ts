import { expect, test } from 'vitest'
import { exitCodes } from '../../../cli/exit-codes.ts'
import { errorCatalogue } from '../../../core/error-catalogue.ts'
import { runCli } from './run-cli.ts'

const config = (kafka: string, extra = ''): string => `migration: shop
source: {postgres: {host: 127.0.0.1, port: 1, database: b, user: c, password: {env: P}}, tables: {include: ['public.*']}}
targets: [{name: new, postgres: {host: 127.0.0.1, port: 1, database: b, user: c}}]
kafka: {brokers: ['${kafka}']}
${extra}`
const file = (text: string) => ({ readFile: () => text, env: { P: 'planted-password' } })

test.each([
  [['nonsense']],
  [['run', '--nonsense']],
  [['errors', 'no.such.code']],
  [['run', '--http-port', 'many']],
  [['run', '--log-level', 'loud']],
])('a wrong command line ends with 2 and says what is wrong: %j', async args => {
  const { exit, stderr } = await runCli(args)
  expect(exit).toBe(2)
  expect(stderr).toContain(args.at(-1))
})

test.each([
  ['run'],
  ['connector'],
  ['sink'],
  ['check'],
  ['status'],
  ['drop', '--yes'],
  ['dead-letters', 'list'],
])('no configuration ends %s with 2 before anything is touched', async (...args) => {
  const { exit, stderr } = await runCli([...args, '-c', 'nowhere.yaml'])
  expect([exit, stderr.split('\n').slice(0, 2)]).toEqual([
    2,
    ['error config.unreadable', '  the file nowhere.yaml cannot be read'],
  ])
})

test('all problems of the configuration come at once, with a remedy', async () => {
  const { exit, stderr } = await runCli(['check'], file('migration: A B\nkafka: {}\nnonsense: 1\n'))
  expect(exit).toBe(2)
  for (const path of ['migration (line 1', 'kafka.brokers', 'nonsense (line 3', 'source', 'targets'])
    expect(stderr).toContain(path)
  expect(stderr).toContain('remedy: ')
})

test('with --json an error is one object, with its code and its facts', async () => {
  const { exit, stderr } = await runCli(['check', '--json'], file('migration: A B\n'))
  const { error } = JSON.parse(stderr)
  expect([exit, error.code, error.exit]).toEqual([2, 'config.invalid', 2])
  expect(error.details.problems).toContainEqual(
    expect.objectContaining({ path: 'migration', line: 1, column: 1 }),
  )
})

test('a target that the configuration does not know is refused by name', async () => {
  const { exit, stderr } = await runCli(['sink', '--target', 'other'], file(config('127.0.0.1:1')))
  expect(exit).toBe(2)
  expect(stderr).toContain('no target is named other; there are new')
})

test('drop without confirmation removes nothing', async () => {
  const { exit, stderr } = await runCli(['drop', '--json'], file(config('127.0.0.1:1')))
  // Nobody can be asked, and no server was spoken to.
  expect([exit, JSON.parse(stderr).error.code]).toEqual([2, 'confirmation.missing'])
})

test('errors explains one code, or all of them as JSON', async () => {
  expect((await runCli(['errors', 'kafka.fenced'])).stdout).toContain('exit code 4')
  const all = JSON.parse((await runCli(['errors', '--json'])).stdout)
  expect(all.map((entry: { code: string }) => entry.code)).toEqual(Object.keys(errorCatalogue))
})

test('every exit code of the catalogue is documented', () => {
  const documented = exitCodes.map(([code]) => code)
  for (const { exit } of Object.values(errorCatalogue)) expect(documented).toContain(exit)
})

test('every error of the catalogue says in a sentence what it means and what to do', () => {
  for (const { meaning, remedy } of Object.values(errorCatalogue)) {
    expect(meaning).toMatch(/\.$/)
    expect(remedy).toMatch(/\.$/)
  }
})
