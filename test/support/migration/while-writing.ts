import { Client } from 'pg'
import { onTestFinished } from 'vitest'
import type { Migration } from './migration.ts'

export interface Writer {
  /** Transactions done. */
  readonly done: number
  /** Stops after the current transaction. Rejects with the error of a statement that failed. */
  close(): Promise<void>
}

/** Calls `write` again and again, on a connection to the source of its own, with 0, 1, 2… */
export function whileWriting(
  migration: Migration,
  write: (client: Client, n: number) => Promise<unknown>,
): Writer {
  let done = 0
  const closing = new AbortController()
  const work = async () => {
    const client = new Client({ connectionString: migration.source.database.url, application_name: 'writer' })
    await client.connect()
    try {
      for (; !closing.signal.aborted; done++) await write(client, done)
    } finally {
      await client.end()
    }
  }
  const running = work()
  running.catch(() => undefined)
  const close = async () => {
    closing.abort()
    await running
  }
  onTestFinished(() => close().catch(() => undefined))
  return {
    get done() {
      return done
    },
    close,
  }
}
