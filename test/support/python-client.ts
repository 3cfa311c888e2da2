import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { builtOnce, cacheFolder } from '../../stack/cache-folder.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('python', import.meta.url))
const requirements = join(folder, 'requirements.txt')
const largestOutputBytes = 256 << 20

/** Confluent's Python client. Makes its environment in the cache folder the first time: python3 with venv, and PyPI. */
export async function installPythonClient(): Promise<string> {
  const { stdout: version } = await run('python3', ['--version'])
  const wanted = version + (await readFile(requirements, 'utf8'))
  const digest = createHash('sha256').update(wanted).digest('hex').slice(0, 12)
  const environment = await builtOnce(cacheFolder(), `python-${digest}`, async unfinished => {
    await run('python3', ['-m', 'venv', unfinished])
    // Through the interpreter: scripts of an environment name the folder in which it was made.
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]
    await run(join(unfinished, 'bin', 'python'), install)
  })
  return join(environment, 'bin', 'python')
}

/** Runs a script of test/support/python to its end and returns what it printed, one value of JSON a line. */
export async function runPython(script: string, ...args: readonly string[]): Promise<readonly unknown[]> {
  const python = await installPythonClient()
  const { stdout } = await run(python, [join(folder, script), ...args], {
    maxBuffer: largestOutputBytes,
    timeout: 120_000,
    killSignal: 'SIGKILL',
  })
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as unknown)
}
