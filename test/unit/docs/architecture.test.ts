import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { everyCommand } from '../../../cli/program.ts'
import { errorCatalogue } from '../../../core/error-catalogue.ts'
import { metrics } from '../../../core/metric-catalogue.ts'
import { silentProgram } from '../../support/silent-program.ts'

const inDocs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...inDocs.filter(name => name.endsWith('.md')).map(name => `docs/${name}`),
].map(path => ({ path, text: readFileSync(path, 'utf8') }))

/** What stands in backticks on one line, outside of blocks. */
function quoted(text: string): readonly string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/^ {4}.*$/gm, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(match => match[1] ?? '')
}

/** A file or folder of the project: with a slash inside or at its end. Topics, URLs and built files look otherwise. */
function isPath(word: string): boolean {
  if (word.startsWith('dist/') || word === 'node_modules/') return false
  return /^\.?\w[\w.-]*(\/[\w.-]+)*(\/|\/[\w-]+\.(ts|md|yaml|yml|json|sql|sh|xml))$/.test(word)
}

const links = (text: string) =>
  [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(match => match[1] ?? '')

describe('what the documents name is there', () => {
  test.each(pages)('every path in $path', ({ text }) => {
    expect(quoted(text).filter(word => isPath(word) && !existsSync(word))).toEqual([])
  })

  test.each(pages)('every page and file that $path links to', ({ path, text }) => {
    const local = links(text).filter(link => !/^https?:/.test(link))
    expect(local.filter(link => !existsSync(join(dirname(path), link)))).toEqual([])
  })

  test('a path that is not there would be noticed', () => {
    expect(quoted('see `core/no-such-file.ts` and `no-such-folder/`').filter(isPath)).toHaveLength(2)
    expect(isPath('<migration>.state')).toBe(false)
    expect(isPath('topic/partition@offset')).toBe(false)
  })

  test('the way of a row passes many files', () => {
    const page = pages.find(({ path }) => path === 'docs/architecture.md')
    expect(
      quoted(page?.text ?? '').filter(word => word.endsWith('.ts') && isPath(word)).length,
    ).toBeGreaterThan(60)
  })
})

describe('what the documents tell to type or to look for exists', () => {
  const commands = new Set(everyCommand(silentProgram()).map(command => command.name()))
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')))

  test.each(pages)('commands of $path', ({ text }) => {
    const typed = [...text.matchAll(/^ *(?:\$ )?switchback ([a-z-]+)|`switchback ([a-z-]+)/gm)]
    expect(typed.map(match => match[1] ?? match[2] ?? '').filter(name => !commands.has(name))).toEqual([])
    const run = [...text.matchAll(/npm run ([a-z:]+)/g)].map(match => match[1] ?? '')
    expect(run.filter(name => !(name in scripts))).toEqual([])
  })

  // Findings of checks have codes of their own, which stand where they are found, some with a changing end.
  const checks = ['connectors/postgres/check', 'sinks/postgres/check', 'sinks/postgres/ddl', 'control']
    .flatMap(folder => readdirSync(folder).map(file => readFileSync(join(folder, file), 'utf8')))
    .join('\n')
  const codes = new Set([
    ...Object.keys(errorCatalogue),
    ...[...checks.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map(match => match[1] ?? ''),
  ])
  const beginnings = [...checks.matchAll(/`([a-z_]+\.[a-z_]*)\$\{/g)].map(match => match[1] ?? '')
  const isCode = (word: string) => codes.has(word) || beginnings.some(text => word.startsWith(text))

  test.each(pages.filter(({ path }) => path !== 'docs/configuration.md'))(
    'codes in the tables of $path',
    ({ text }) => {
      const named = [...text.matchAll(/^\| `([a-z_]+\.[a-z_]+)`/gm)].map(match => match[1] ?? '')
      expect(named.filter(code => !isCode(code))).toEqual([])
    },
  )

  test.each(pages)('metrics of $path', ({ text }) => {
    const named = [...text.matchAll(/`(switchback_\w+)`/g)].map(match => match[1] ?? '')
    const ours = named.filter(name => /_(total|seconds|bytes|events|objects)$/.test(name))
    expect(ours.filter(name => !(name in metrics))).toEqual([])
  })
})
