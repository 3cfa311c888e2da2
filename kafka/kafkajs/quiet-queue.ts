import type { ConnectionPool, RequestQueue } from './internals.ts'

const timeoutCheckMs = 1_000

/**
 * After its first answer kafkajs looks for waiting requests every millisecond for ever, also when there are none; that
 * costs some percent of a core for each connection. Here it looks only while a request waits. And it looks for requests
 * without an answer ten times a second, although they may take half a minute. Then it goes on using the connection: a
 * broker that is frozen would be asked again and again. Here all connections of the pool end, and with them what else waits
 * for an answer, so that whoever asks next connects anew, perhaps to another broker.
 */
export function quietQueues(pool: ConnectionPool): ConnectionPool {
  for (const { requestQueue } of pool.pool) quietQueue(requestQueue, () => abandon(pool))
  return pool
}

/** Ends all connections of the pool with an error, so that kafkajs rejects what is under way. */
export function abandon(pool: ConnectionPool): void {
  for (const { socket } of pool.pool) socket?.destroy(new Error('a request has got no answer'))
}

function quietQueue(queue: RequestQueue, onSilence: () => void): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue)
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule()
  }
  queue.scheduleRequestTimeoutCheck = () => {
    queue.destroy()
    queue.requestTimeoutIntervalId = setInterval(() => {
      const late = [...queue.inflight.values()].filter(
        ({ sentAt, requestTimeout }) => Date.now() - sentAt > requestTimeout,
      )
      for (const request of late) request.timeoutRequest()
      if (late.length > 0) onSilence()
      if (!queue.isConnected()) queue.destroy()
    }, timeoutCheckMs)
  }
}
