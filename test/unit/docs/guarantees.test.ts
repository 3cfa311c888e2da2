import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const page = readFileSync('docs/guarantees.md', 'utf8')

interface Trap {
  readonly trap: string
  readonly file: string
  readonly name: string
}

/** The rows of the table under the heading `Traps`. */
function traps(text: string): readonly Trap[] {
  const section = text.split(/^## /m).find(part => part.startsWith('Traps')) ?? ''
  const rows = section.split('\n').filter(line => line.startsWith('| '))
  return rows.slice(2).map(line => {
    const [trap = '', file = '', name = ''] = line.split(' | ').map(cell => cell.replace(/^\| | \|$/g, ''))
    return { trap, file: file.replaceAll('`', ''), name }
  })
}

/** Whether the file has a test of this name. */
function hasTest(file: string, name: string): boolean {
  if (!existsSync(file)) return false
  const text = readFileSync(file, 'utf8')
  return [`'${name}'`, `"${name}"`, `\`${name}\``].some(quoted => text.includes(quoted))
}

describe('the page of guarantees', () => {
  test('has a row for every trap', () => {
    expect(traps(page).length).toBeGreaterThan(25)
  })

  test.each(traps(page))('names a test that is there for: $trap', ({ file, name }) => {
    expect(hasTest(file, name), `${file}: ${name}`).toBe(true)
  })

  test('would be found wrong with a test that is not there', () => {
    expect(hasTest('test/unit/docs/guarantees.test.ts', 'is not called so'.toUpperCase())).toBe(false)
    expect(hasTest('test/unit/docs/no-such.test.ts', 'has a row for every trap')).toBe(false)
  })
})
