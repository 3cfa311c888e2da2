import type { Client } from 'pg'

/** Runs `work`; when the signal aborts, the connection is cut, which ends whatever the server is doing for us, or fails to do. */
export async function cancellable<T>(
  client: Client,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const cut = () => client.connection.stream.destroy()
  signal.addEventListener('abort', cut, { once: true })
  try {
    return await work()
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cut)
  }
}
