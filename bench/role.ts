import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, type Launched, launch, runToEnd } from '../stack/launch.ts'
import { openServerHome, type ServerHome } from '../stack/server-home.ts'
import { cpuSecondsOf, peakMemoryMbOf } from './process-usage.ts'

export type RoleName = 'connector' | 'sink'

// What users run: compiled, without a loader.
const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

const shownLogChars = 20_000

export interface Usage {
  readonly cpuSeconds: number
  readonly peakMemoryMb: number
}

/** A role of Switchback as a process of its own. It dies with this process. */
export class Role {
  readonly startedMs = Date.now()
  readonly #name: RoleName
  readonly #home: ServerHome
  readonly #launched: Launched
  #wanted = false

  /** `config`: the text of its migration.yaml. `profile`: the folder for a CPU profile at its end. */
  constructor(name: RoleName, config: string, profile: string | null) {
    this.#name = name
    this.#home = openServerHome(`switchback-${name}`)
    const node = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profile, name)}`]
    const args = [name, '--log-level', 'warn']
    this.#launched = launch(this.#home, switchback({ home: this.#home, config, args, node }))
  }

  get pid(): number {
    return this.#launched.pid
  }

  /** The end of what it has written. */
  get log(): string {
    return readFileSync(join(this.#home.folder, 'log'), 'utf8').slice(-shownLogChars)
  }

  usage(): Usage {
    const { pid } = this.#launched
    return { cpuSeconds: cpuSecondsOf(pid), peakMemoryMb: peakMemoryMbOf(pid) }
  }

  /** Rejects when the process ends although nobody asked it to. */
  async unexpectedEnd(): Promise<never> {
    const how = await this.#launched.ended
    if (!this.#wanted) throw new Error(`switchback ${this.#name} ended by itself: ${how}`)
    return new Promise<never>(() => undefined)
  }

  /** Asks it to stop and waits until it has. */
  async stop(): Promise<void> {
    this.#wanted = true
    if (!this.#launched.hasEnded()) process.kill(this.#launched.pid, 'SIGTERM')
    const how = await this.#launched.ended
    await this.#home.remove()
    if (!how.startsWith('exit 0')) throw new Error(`switchback ${this.#name} after SIGTERM: ${how}`)
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    this.#wanted = true
    if (!this.#launched.hasEnded()) process.kill(this.#launched.pid, 'SIGKILL')
    await this.#launched.ended
    await this.#home.remove()
  }
}

/** Removes what a migration has made, but the rows. */
export async function dropMigration(config: string): Promise<void> {
  const home = openServerHome('switchback-drop')
  try {
    await runToEnd(home, switchback({ home, config, args: ['drop', '--yes'], node: [] }))
  } finally {
    await home.remove()
  }
}

interface Invocation {
  readonly home: ServerHome
  readonly config: string
  readonly args: readonly string[]
  /** Options of Node itself. */
  readonly node: readonly string[]
}

function switchback({ home, config, args, node }: Invocation): Command {
  const file = join(home.folder, 'migration.yaml')
  writeFileSync(file, config, { mode: 0o600 })
  return { program: process.execPath, args: [...node, program, ...args, '-c', file] }
}
