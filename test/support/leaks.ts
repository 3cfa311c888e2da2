import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { withClient } from '../../stack/postgres/connection.ts'
import { childrenOf } from '../../stack/process-table.ts'
import { beforeDrop, type FreshDatabase } from './fresh-database.ts'

/**
 * Call at the top of a test file: each of its tests then fails if, when a database of `freshDatabase` is dropped, a replication slot or
 * a connection of ours is left in it, or if the test leaves a child process. Looks after all clean-up of the test, in reverse order of
 * registration: what is stopped by `onTestFinished` must be registered after its database was made. `patienceMs`: sockets and processes
 * that were closed are gone a moment later, and a server that is at work for us looks after us every two seconds.
 */
export function failOnLeaks(patienceMs = 30_000): void {
  const left: string[] = []
  const look = async (database: FreshDatabase) =>
    void left.push(...(await settled(() => leftIn(database), patienceMs)))
  beforeAll(() => void beforeDrop.add(look))
  beforeEach(({ onTestFinished }) => {
    const before = new Set(childrenOf(process.pid))
    onTestFinished(async () => {
      left.push(...(await settled(async () => newChildren(before), patienceMs)))
      expect(left.splice(0), 'left over by this test').toEqual([])
    })
  })
  afterAll(() => {
    beforeDrop.delete(look)
    expect(left, 'left over by this file').toEqual([])
  })
}

function newChildren(before: ReadonlySet<number>): string[] {
  return childrenOf(process.pid)
    .filter(pid => !before.has(pid))
    .map(pid => `child process ${pid}`)
}

/** The replication slots and the connections of ours in a database now, one line each. */
export async function leftIn({ server, name }: FreshDatabase): Promise<string[]> {
  return withClient(server.url, async client => {
    const { rows } = await client.query<{ what: string }>(
      `SELECT 'replication slot ' || slot_name AS what FROM pg_replication_slots WHERE database = $1
       UNION ALL
       SELECT 'connection ' || application_name || ' (' || coalesce(query, '') || ')' FROM pg_stat_activity
       WHERE datname = $1 AND application_name LIKE 'switchback%'`,
      [name],
    )
    return rows.map(row => row.what)
  })
}

async function settled(look: () => Promise<string[]>, patienceMs: number): Promise<string[]> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const left = await look()
    if (left.length === 0 || Date.now() > deadline) return left
    await sleep(50)
  }
}
