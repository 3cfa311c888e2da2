import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { withClient } from '../../stack/postgres/connection.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { programs } from '../support/programs.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

interface Running {
  readonly child: ChildProcess
  readonly log: Record<string, unknown>[]
  readonly stdout: () => string
}

/** The program itself, as a process of its own. */
function start(args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, [programs().switchback, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.on('data', part => (text.stdout += part))
  child.stderr.on('data', part => (text.stderr += part))
  return {
    child,
    stdout: () => text.stdout,
    get log() {
      return text.stderr.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []))
    },
  }
}

async function exitOf({ child }: Running): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode
}

async function someMigration() {
  const { source, target, kafka } = servers()
  const from = await freshDatabase(source)
  const to = await freshDatabase(target)
  await withClient(from.url, client =>
    client.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000)'),
  )
  const folder = await mkdtemp(join(tmpdir(), 'switchback-cli-'))
  const file = join(folder, 'migration.yaml')
  const side = ({ host, port, user }: typeof source, database: string, env: string) => ({
    host,
    port,
    user,
    database,
    password: { env },
  })
  const config = {
    migration: `p${randomBytes(5).toString('hex')}`,
    source: { postgres: side(source, from.name, 'SOURCE'), tables: { include: ['public.*'] } },
    targets: [{ name: 'new', postgres: side(target, to.name, 'TARGET') }],
    kafka: { brokers: kafka.brokers, replication: 1, partitions: 2 },
    registry: { listen: { port: 0 } },
    http: { run: 0 },
  }
  await writeFile(file, JSON.stringify(config))
  const env = { SOURCE: source.password, TARGET: target.password }
  onTestFinished(async () => {
    expect(await exitOf(start(['drop', '--yes', '-c', file], env))).toBe(0)
    await rm(folder, { recursive: true })
  })
  return { file, env, to }
}

async function readyUrl(running: Running): Promise<string> {
  const served = () => running.log.find(({ msg }) => msg === 'observability served')?.['url']
  await expect.poll(served).toBeTypeOf('string')
  const url = String(served())
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200)
  return url
}

test('run copies, says that it is ready, serves its metrics, and ends with 0 at a signal', async () => {
  const { file, env, to } = await someMigration()
  const running = start(['run', '--json', '-c', file], env)
  onTestFinished(() => void running.child.kill('SIGKILL'))
  const url = await readyUrl(running)
  const copied = () =>
    withClient(to.url, async client => (await client.query('SELECT count(*)::int AS n FROM t')).rows[0].n)
  await expect.poll(copied).toBe(1000)
  const metrics = async () => (await fetch(`${url}/metrics`)).text()
  // What is done is counted a little later.
  await expect.poll(metrics).toMatch(/^switchback_snapshot_rows_total\{table="public\.t",.*\} 1000$/m)
  await expect.poll(metrics).toMatch(/^switchback_applied_events_total\{target="new",.*\} 1000$/m)
  const shown = await metrics()
  await expect.poll(running.stdout).toContain('"progress"')
  running.child.kill('SIGTERM')
  expect(await exitOf(running)).toBe(0)
  for (const secret of Object.values(env))
    expect(JSON.stringify(running.log) + shown + running.stdout()).not.toContain(secret)
})

test('a second signal ends it at once with 130', async () => {
  const { file, env } = await someMigration()
  const running = start(['run', '-c', file], env)
  onTestFinished(() => void running.child.kill('SIGKILL'))
  await readyUrl(running)
  // Else it may have ended in good order before the second one arrives.
  running.child.kill('SIGSTOP')
  running.child.kill('SIGINT')
  running.child.kill('SIGTERM')
  running.child.kill('SIGCONT')
  expect(await exitOf(running)).toBe(130)
})

test('a port that is taken ends the process with an error that says so, and nothing is left running', async () => {
  const { file, env } = await someMigration()
  const first = start(['run', '-c', file], env)
  onTestFinished(() => void first.child.kill('SIGKILL'))
  const { port } = new URL(await readyUrl(first))
  const second = start(['sink', '-c', file, '--http-port', port], env)
  expect(await exitOf(second)).toBe(2)
  first.child.kill('SIGINT')
  expect(await exitOf(first)).toBe(0)
})
