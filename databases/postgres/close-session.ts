import type { Client } from 'pg'

const patienceMs = 2_000

/** Ends a session. A server that does not answer any more, or a network that swallows our goodbye, is not waited for. Never rejects. */
export async function closeSession(client: Client): Promise<void> {
  const cut = setTimeout(() => client.connection.stream.destroy(), patienceMs)
  try {
    await client.end()
  } catch {
    // The session is gone, which is what was wanted.
  } finally {
    clearTimeout(cut)
  }
}
