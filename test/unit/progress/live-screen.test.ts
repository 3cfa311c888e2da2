import { expect, test } from 'vitest'
import { LiveScreen } from '../../../cli/progress/live-screen.ts'
import { progressDisplay } from '../../../cli/progress/progress-display.ts'
import { ProgressMeter } from '../../../cli/progress/progress-meter.ts'
import { FakeTerminal } from './fake-terminal.ts'
import { status, table } from './migration-status.ts'

test('drawing again replaces the block, also when it gets shorter', () => {
  const terminal = new FakeTerminal(40, 10)
  const screen = new LiveScreen(terminal)
  screen.draw(['one', 'two', 'three'])
  screen.draw(['four'])
  expect(terminal.screen()).toEqual(['four'])
})

test('ordinary lines scroll by above the block', () => {
  const terminal = new FakeTerminal(40, 10)
  const screen = new LiveScreen(terminal)
  screen.draw(['bar'])
  screen.print('first\n')
  screen.print('second\n')
  screen.draw(['bar 2'])
  expect(terminal.screen()).toEqual(['first', 'second', 'bar 2'])
})

test('a terminal that became narrower keeps nothing of the old block', () => {
  const terminal = new FakeTerminal(40, 10)
  const screen = new LiveScreen(terminal)
  screen.draw(['x'.repeat(40), 'y'.repeat(12)])
  terminal.resize(15)
  screen.draw(['short'])
  expect(terminal.screen()).toEqual(['short'])
})

test('a released block stays', () => {
  const terminal = new FakeTerminal(40, 10)
  const screen = new LiveScreen(terminal)
  screen.draw(['last state'])
  screen.release()
  screen.print('error\n')
  expect(terminal.screen()).toEqual(['last state', 'error'])
})

test('the log does not run into the bars on a terminal', () => {
  const terminal = new FakeTerminal(100, 10)
  const display = progressDisplay(terminal, terminal, false)
  const view = new ProgressMeter().view(status(0, { tables: [table('a')] }))
  display.show(view)
  display.log('{"level":"warn"}\n')
  display.show(view)
  expect(terminal.screen()[0]).toBe('{"level":"warn"}')
  expect(terminal.screen()).toHaveLength(3)
})

test('elsewhere there are plain lines without control characters, and objects with --json', () => {
  const outputs = [false, true].map(json => {
    let written = ''
    const file = { write: (text: string) => (written += text) }
    progressDisplay(file, file, json).show(new ProgressMeter().view(status(0, { tables: [table('a')] })))
    return written
  })
  expect(outputs[0]).toMatch(/^public\.a: +0 % {2}0 of about 1,000 rows/)
  expect(outputs[0]).not.toContain('\u001B')
  expect(JSON.parse(outputs[1] ?? '')).toMatchObject({ progress: { tables: [{ table: 'public.a' }] } })
})
