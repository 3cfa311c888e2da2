import type { Secret } from '../core/secret.ts'
import type { Environment, ReadFile } from '../schemas/config/secret-reader.ts'

/** All that a command may touch of the process it runs in. Made by `main`, and by tests. */
export interface CliContext {
  readonly env: Environment
  readonly readFile: ReadFile
  readonly stdout: Output
  readonly stderr: Output
  /** Keeps these secrets out of both outputs from now on. */
  readonly hide: (secrets: readonly Secret[]) => void
  /** Asks on the terminal and returns the answer. Null: nobody can be asked. */
  readonly ask: ((question: string) => Promise<string>) | null
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
}

/** A stream to print to. `isTTY` and the sizes are those of a terminal, where it is one. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}
