import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { freePort } from '../../../stack/free-port.ts'

// So many of 15,000 that some would be drawn twice, by one process and by two.
const processes = 4
const draws = 300

const source = new URL('../../../stack/free-port.ts', import.meta.url).href
/** Draws at once, and lives until its input is closed. */
const program = `
import { freePort } from ${JSON.stringify(source)}
console.log(JSON.stringify(await Promise.all(Array.from({ length: ${draws} }, freePort))))
process.stdin.resume()`

test('a process gets no port twice', async () => {
  const ports: number[] = []
  while (ports.length < 2 * draws) ports.push(await freePort())
  expectDifferent(ports)
})

// Others have no second address to keep a port by.
test.runIf(process.platform === 'linux')('processes that live at once get no port twice', async () => {
  const all = await Promise.all(Array.from({ length: processes }, drawnByAnother))
  expect(all.flat()).toHaveLength(processes * draws)
  expectDifferent(all.flat())
})

test('servers can listen on it, one after the other', async () => {
  const port = await freePort()
  for (let server = 0; server < 2; server++) {
    const listener = createServer().listen(port, '127.0.0.1')
    await once(listener, 'listening')
    listener.close()
    await once(listener, 'close')
  }
})

async function drawnByAnother(): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.stdin.end()
    expect(await exited, 'what it keeps does not keep it alive').toEqual([0, null])
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return z.array(z.number()).parse(JSON.parse(String(line)))
}

function expectDifferent(ports: readonly number[]): void {
  const twice = ports.filter((port, index) => ports.indexOf(port) !== index)
  expect(twice, 'ports that were given twice').toEqual([])
}
