import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { MigrationFile } from './migration-file.ts'

export interface Usage {
  readonly cpuSeconds: number
  readonly peakMemoryMb: number
}

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

/** `switchback run` as a process of its own, with its progress on our terminal. */
export class MigrationProcess {
  readonly #child: ChildProcess

  constructor(file: MigrationFile, logFile: number) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', main, 'run', '-c', file.path], {
      env: { ...process.env, ...file.env },
      stdio: ['ignore', 'inherit', logFile],
    })
  }

  /** Rejects when the process ends by itself. */
  async ended(): Promise<never> {
    const [code, signal] = await once(this.#child, 'exit')
    throw new Error(`switchback run ended by itself (${signal ?? `exit code ${code}`})`)
  }

  /** What it has used so far. */
  usage(): Usage {
    const { pid } = this.#child
    // CPU in ticks of 10 ms: the 14th and 15th field, counted behind the name, which may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
      peakMemoryMb: Math.round(Number(peak?.[1] ?? 0) / 1024),
    }
  }

  /** Asks it to stop and waits until it has. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }
}
