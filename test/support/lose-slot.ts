import type { Client } from 'pg'
import { expect } from 'vitest'

const endReader = `
SELECT pg_terminate_backend(active_pid, 60000) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid IS NOT NULL`

/** Drops a replication slot, whoever follows the log with it. */
export async function loseSlot(client: Client, slot: string): Promise<void> {
  const drop = async () => {
    await client.query(endReader, [slot])
    await client.query('SELECT pg_drop_replication_slot($1)', [slot])
    return 'dropped'
  }
  // A connector may come back in between.
  await expect.poll(() => drop().catch(String)).toBe('dropped')
}
