import { readFileSync } from 'node:fs'
import { kafkaOptions } from '../../control/kafka-options.ts'
import type { MigrationStatus } from '../../control/migration-status.ts'
import { StatusReader } from '../../control/status-reader.ts'
import { drained } from '../../control/until-status.ts'
import type { Service } from '../../core/service.ts'
import { silent } from '../../core/telemetry.ts'
import { every, sleep } from '../../core/time.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import type { Log } from '../../kafka/log.ts'
import { parseConfig } from '../../schemas/config/parse-config.ts'
import { withClient } from '../../stack/postgres/connection.ts'
import { activeTimers } from './active-timers.ts'
import { dropMigration, Role, type RoleName } from '../role.ts'

const lookMs = 500

export interface SoakMigrationParts {
  readonly name: string
  /** The text of its migration.yaml. */
  readonly text: string
  readonly source: string
  readonly target: string
  readonly httpPorts: Readonly<Record<RoleName, number>>
}

/** A migration whose connector and sink are started again, as a supervisor does. */
export class SoakMigration implements Service {
  readonly name: string
  readonly source: string
  readonly target: string
  readonly log: Log
  readonly httpPorts: Readonly<Record<RoleName, number>>
  /** What was read last. */
  status: MigrationStatus | null = null
  isAwaited = false
  readonly #text: string
  readonly #reader: StatusReader
  readonly #waitingReader: StatusReader
  readonly #roles = new Map<RoleName, Role>()
  #failure: { readonly error: unknown } | null = null

  constructor({ name, text, source, target, httpPorts }: SoakMigrationParts) {
    this.name = name
    this.source = source
    this.target = target
    this.httpPorts = httpPorts
    this.#text = text
    const config = parseConfig(text, {}, path => readFileSync(path, 'utf8'))
    this.log = openKafkaLog(kafkaOptions(config, 'soak', silent))
    this.#reader = new StatusReader(config, this.log)
    this.#waitingReader = new StatusReader(config, this.log)
  }

  role(name: RoleName): Role | null {
    return this.#roles.get(name) ?? null
  }

  start(name: RoleName): void {
    const role = new Role(name, this.#text, null)
    this.#roles.set(name, role)
    role.unexpectedEnd().catch((error: unknown) => (this.#failure ??= { error }))
  }

  /** Ends a role in good order or as a crash does, and starts it again. */
  async restart(name: RoleName, how: 'stop' | 'kill', signal: AbortSignal): Promise<void> {
    const role = this.role(name)
    if (how === 'stop') await this.#listening(name, signal)
    this.#roles.delete(name)
    await role?.[how]()
    this.start(name)
  }

  /** Before it listens to signals, nothing can end it in good order. */
  async #listening(name: RoleName, signal: AbortSignal): Promise<void> {
    while ((await activeTimers(this.httpPorts[name])) === null) {
      await sleep(lookMs, signal)
      signal.throwIfAborted()
    }
  }

  /** Reads the status again and again. Rejects when a role ends although nobody asked it to. */
  async run(signal: AbortSignal): Promise<void> {
    for await (const _ of every(lookMs, signal)) {
      if (this.#failure !== null) throw this.#failure.error
      this.status = await this.#reader.read(false, signal)
    }
  }

  /** Waits until the target has all that is committed at the source now. */
  async drained(signal: AbortSignal): Promise<void> {
    this.isAwaited = true
    await withClient(this.source, client => drained(client, this.#waitingReader, signal))
    this.isAwaited = false
  }

  /** Ends everything and removes what it has made. Gives what is left of it in Kafka. */
  async close(): Promise<readonly string[]> {
    const roles = [...this.#roles.values()]
    this.#roles.clear()
    try {
      await Promise.all(roles.map(role => role.stop()))
      await this.#reader.close()
      await this.#waitingReader.close()
      await dropMigration(this.#text)
      const topics = await this.log.topics(`${this.name}.`)
      const groups = await this.log.deleteGroups([`${this.name}.new`])
      return [...topics.map(topic => `topic ${topic}`), ...groups.map(group => `group ${group}`)]
    } finally {
      await this.log.close()
    }
  }

  /** The ends of the logs of its processes. */
  logs(): string {
    return [...this.#roles].map(([name, role]) => `--- ${name}\n${role.log}`).join('\n')
  }
}
