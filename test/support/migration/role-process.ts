import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { peakMemoryMbOf } from '../../../bench/process-usage.ts'
import { type Launched, launch } from '../../../stack/launch.ts'
import { openServerHome, type ServerHome } from '../../../stack/server-home.ts'
import type { BuiltPrograms } from '../build-programs.ts'
import { programs } from '../programs.ts'
import type { Settings } from './settings.ts'

export type RoleName = 'run' | 'connector' | 'sink'

const stopPatienceMs = 60_000
const askPatienceMs = 20_000
const endPatienceMs = 180_000

/** A role of Switchback as a process of its own, as a user starts it. It dies with this process. */
export class RoleProcess {
  readonly name: RoleName
  readonly #home: ServerHome
  readonly #launched: Launched
  #wanted = false

  private constructor(name: RoleName, home: ServerHome, launched: Launched) {
    this.name = name
    this.#home = home
    this.#launched = launched
  }

  /** `program`: which one, when it is not the command line of Switchback itself. */
  static async start(
    name: RoleName,
    settings: Settings,
    args: readonly string[],
    program: keyof BuiltPrograms = 'switchback',
  ): Promise<RoleProcess> {
    const home = openServerHome(`switchback-${name}`)
    const file = join(home.folder, 'migration.yaml')
    writeFileSync(file, stringify(settings))
    const options = ['-c', file, '--log-level', 'info', '--http-port', '0', ...args]
    const command = { program: process.execPath, args: [programs()[program], name, ...options] }
    return new RoleProcess(name, home, launch(home, command))
  }

  get running(): boolean {
    return !this.#launched.hasEnded()
  }

  /** Both outputs so far. */
  get log(): string {
    return readFileSync(join(this.#home.folder, 'log'), 'utf8')
  }

  /** The most memory it has had in use, MB of 2^20 bytes. */
  peakMemoryMb(): number {
    return peakMemoryMbOf(this.#launched.pid)
  }

  /** Rejects when the process ends although nobody asked it to. */
  async unexpectedEnd(): Promise<never> {
    const how = await this.#launched.ended
    if (!this.#wanted) throw new Error(`switchback ${this.name} ended by itself: ${how}`)
    return new Promise<never>(() => undefined)
  }

  /** Changes its configuration file while it runs. */
  configure(settings: Settings): void {
    writeFileSync(join(this.#home.folder, 'migration.yaml'), stringify(settings))
  }

  /** It stands still, as on a machine that is suspended, until it is thawed. */
  freeze(): void {
    process.kill(this.#launched.pid, 'SIGSTOP')
  }

  thaw(): void {
    process.kill(this.#launched.pid, 'SIGCONT')
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** As an operator does: it has to end in good order, with exit code 0. */
  async stop(): Promise<void> {
    // What has not written anything may not know yet what to do with a signal.
    while (this.running && this.log === '') await sleep(20)
    if (!this.running) return
    const how = await this.#end('SIGTERM')
    if (!how.startsWith('exit 0\n')) throw new Error(`switchback ${this.name} after SIGTERM: ${how}`)
  }

  /** Waits for its own end, which has to come soon. Gives the exit code, NaN for a signal. */
  async exit(): Promise<number> {
    return Promise.race([this.ended(), tooLong(endPatienceMs)])
  }

  /** The same, however long it takes. */
  async ended(): Promise<number> {
    this.#wanted = true
    const how = await this.#launched.ended
    return Number(/^exit (\d+)/.exec(how)?.[1] ?? Number.NaN)
  }

  /** Whether it says that all of its parts are at work. */
  async isReady(): Promise<boolean> {
    try {
      return (await this.#ask('readyz')).status === 200
    } catch {
      return false
    }
  }

  get pid(): number {
    return this.#launched.pid
  }

  /** What it answers, whatever the status. */
  async get(path: string): Promise<string> {
    return (await this.#ask(path)).text()
  }

  /** The value of a metric now, summed up over its labels; 0 when it was never counted. */
  async metric(name: string): Promise<number> {
    const lines = (await this.get('metrics')).split('\n')
    return lines
      .filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }

  /** Removes its files; kills it if it still runs. */
  async remove(): Promise<void> {
    this.#wanted = true
    await this.#home.remove()
  }

  /** On the port that it has taken, as its log says. */
  async #ask(path: string): Promise<Response> {
    const [, url] = /"url":"([^"]+)","msg":"observability served"/.exec(this.log) ?? []
    if (url === undefined) throw new Error(`switchback ${this.name} does not serve anything yet`)
    return fetch(`${url}/${path}`, { signal: AbortSignal.timeout(askPatienceMs) })
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<string> {
    this.#wanted = true
    if (this.running) process.kill(this.#launched.pid, signal)
    const impatience = setTimeout(() => process.kill(this.#launched.pid, 'SIGKILL'), stopPatienceMs)
    const how = await this.#launched.ended
    clearTimeout(impatience)
    return how
  }
}

async function tooLong(ms: number): Promise<never> {
  await sleep(ms, undefined, { ref: false })
  throw new Error(`it has not ended by itself in ${ms} ms`)
}
