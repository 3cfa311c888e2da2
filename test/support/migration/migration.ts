import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { kafkaOptions } from '../../../control/kafka-options.ts'
import type { MigrationStatus } from '../../../control/migration-status.ts'
import { StatusReader } from '../../../control/status-reader.ts'
import { copied, drained, untilStatus } from '../../../control/until-status.ts'
import { silent } from '../../../core/telemetry.ts'
import type { Log } from '../../../kafka/log.ts'
import { openKafkaLog } from '../../../kafka/kafkajs-log.ts'
import { parseConfig } from '../../../schemas/config/parse-config.ts'
import { type CliRun, runCli } from '../../unit/cli/run-cli.ts'
import { expectEqual, expectNothingParked } from './expect-equal.ts'
import { expectDropped, expectUnfollowed, keptAtSourceAndKafka, keptInTarget } from './left-over.ts'
import { type RoleName, RoleProcess } from './role-process.ts'
import type { Settings } from './settings.ts'
import type { Side } from './side.ts'

/** Longer than anything here may take, shorter than a test's own limit: what hangs says what it was waiting for. */
const patienceMs = 240_000
const commandPatienceMs = 120_000

export interface MigrationParts {
  readonly source: Side
  readonly targets: readonly Side[]
  readonly settings: Settings
  /** Where passwords are kept. */
  readonly folder: string
}

/** A migration on databases of a test's own, run as a user runs it. Made by `openMigration`. */
export class Migration {
  readonly source: Side
  readonly targets: readonly Side[]
  /** Changes count from the next start on. */
  readonly settings: Settings
  readonly #folder: string
  readonly #roles: RoleProcess[] = []
  readonly #log: Log
  #status: { readonly reader: StatusReader; readonly settings: string } | null = null

  constructor({ source, targets, settings, folder }: MigrationParts) {
    this.source = source
    this.targets = targets
    this.settings = settings
    this.#folder = folder
    this.#log = openKafkaLog(kafkaOptions(this.#config(), 'test', silent))
  }

  get name(): string {
    return this.settings.migration
  }

  get log(): Log {
    return this.#log
  }

  /** Its processes that run. */
  get running(): readonly RoleProcess[] {
    return this.#roles.filter(role => role.running)
  }

  async start(role: RoleName, ...args: readonly string[]): Promise<RoleProcess> {
    const started = await RoleProcess.start(role, this.settings, args)
    this.#roles.push(started)
    return started
  }

  /** Starts a connector and waits until it has killed itself at this place. */
  async dies(place: string): Promise<void> {
    const connector = await RoleProcess.start('connector', this.settings, ['--kill-at', place], 'fatalRole')
    this.#roles.push(connector)
    const code = await connector.exit()
    if (!Number.isNaN(code)) throw new Error(`the connector ended with ${code} before ${place}`)
  }

  /** Runs one statement, or several, at the source. */
  async sql(text: string): Promise<void> {
    await this.source.client.query(text)
  }

  async status(): Promise<MigrationStatus> {
    const reader = await this.#reader()
    return reader.read(false, AbortSignal.timeout(patienceMs))
  }

  /** Waits for a status, and fails at once when a process ends that should not. */
  async until(done: (now: MigrationStatus) => boolean): Promise<MigrationStatus> {
    const reader = await this.#reader()
    return this.#whileRunning(signal => untilStatus(reader, done, signal))
  }

  async copied(): Promise<MigrationStatus> {
    const reader = await this.#reader()
    return this.#whileRunning(signal => copied(reader, 1_000, signal))
  }

  /** Every target has all that is committed at the source now. */
  async drained(): Promise<MigrationStatus> {
    const reader = await this.#reader()
    return this.#whileRunning(signal => drained(this.source.client, reader, signal))
  }

  /** No target keeps an event back. One that had to wait for another may be applied only a moment after `drained`. */
  async unparked(): Promise<MigrationStatus> {
    return this.until(
      ({ targets, unreachable }) => unreachable.length === 0 && targets.every(({ parked }) => parked === 0),
    )
  }

  /** All targets have the rows of the source, in every table of these schemas, and nothing is parked for good. */
  async expectEqual(...schemas: readonly string[]): Promise<void> {
    await this.unparked()
    for (const target of this.targets) {
      for (const schema of schemas.length === 0 ? ['public'] : schemas)
        await expectEqual(this.source.client, target.client, schema)
    }
    expectNothingParked(await this.status())
  }

  /** Runs a command that ends by itself; one that does not is stopped after a while. */
  async cli(...args: readonly string[]): Promise<CliRun> {
    const file = join(this.#folder, 'migration.yaml')
    await writeFile(file, stringify(this.settings))
    return runCli([...args, '-c', file], {
      readFile: path => readFileSync(path, 'utf8'),
      signal: AbortSignal.timeout(commandPatienceMs),
    })
  }

  /** What it has made at the source, in Kafka and in the targets, but for the rows. */
  async kept(): Promise<string[]> {
    const inTargets = await Promise.all(this.targets.map(keptInTarget))
    return [...(await keptAtSourceAndKafka(this.name, this.source, this.#log)), ...inTargets.flat()]
  }

  /** Stops and removes everything, and finds that nothing is left. Gives the logs of all processes. */
  async close(): Promise<void> {
    try {
      for (const role of this.#roles) if (role.running) await role.stop()
      await this.#drop()
    } finally {
      await this.#status?.reader.close()
      await this.#log.close()
      for (const role of this.#roles) await role.remove()
      for (const { client } of [this.source, ...this.targets]) await client.end()
      rmSync(this.#folder, { recursive: true })
    }
  }

  /** What the processes have written. */
  logs(): string {
    return this.#roles.map(({ name, log }, index) => `--- ${index + 1}: ${name}\n${log}`).join('\n')
  }

  async #drop(): Promise<void> {
    await expectUnfollowed(this.name, this.source)
    const dropped = await this.cli('drop', '--yes')
    const groups = this.settings.targets.map(({ name }) => `${this.name}.${name}`)
    const leftGroups = await this.#log.deleteGroups(groups)
    await expectDropped(dropped, async () => [...(await this.kept()), ...leftGroups])
  }

  async #whileRunning<T>(wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(patienceMs)])
    const ends = this.#roles.map(role => role.unexpectedEnd())
    try {
      return await Promise.race([wait(signal), ...ends])
    } catch (error) {
      if (!signal.aborted) throw error
      throw new Error(`still waiting; the status is ${JSON.stringify(await this.status())}`, { cause: error })
    } finally {
      stop.abort()
    }
  }

  /** Of the targets that there are now. */
  async #reader(): Promise<StatusReader> {
    const settings = JSON.stringify(this.settings)
    if (this.#status?.settings !== settings) {
      await this.#status?.reader.close()
      this.#status = { reader: new StatusReader(this.#config(), this.#log), settings }
    }
    return this.#status.reader
  }

  #config() {
    return parseConfig(stringify(this.settings), {}, path => readFileSync(path, 'utf8'))
  }
}

/** A name that no other migration of the broker has. */
export const uniqueName = (): string => `m${randomBytes(5).toString('hex')}`
