import type { Client } from 'pg'

/** Runs `work`, and cuts the connection when it takes longer: for what waits for nobody at the server. */
export async function cutAfter<T>(client: Client, ms: number, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => client.connection.stream.destroy(), ms)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}
