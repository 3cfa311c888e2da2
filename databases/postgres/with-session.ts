import type { Client } from 'pg'
import { cancellable } from './cancellable.ts'
import { closeSession } from './close-session.ts'
import { connect } from './connect.ts'
import type { ConnectionOptions } from './connection-options.ts'

/** What `query` takes, for layers that do not know the driver. */
export type Session = Client

/** Does work on a session of its own, which is closed behind it, and cut when the signal aborts. Throws `postgres.*`, or the signal's reason. */
export async function withSession<T>(
  options: ConnectionOptions,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const client = await connect(options, signal)
  try {
    return await cancellable(client, signal, () => work(client))
  } finally {
    await closeSession(client)
  }
}
