import type { ConnectionPool, RequestQueue } from './internals.ts'

const timeoutCheckMs = 1_000

/**
 * After its first answer kafkajs looks for waiting requests every millisecond for ever, also when there are none; that
 * costs some percent of a core for each connection. Here it looks only while a request waits. And it looks for requests
 * without an answer ten times a second, although they may take half a minute.
 */
export function quietQueues(pool: ConnectionPool): ConnectionPool {
  for (const { requestQueue } of pool.pool) quietQueue(requestQueue)
  return pool
}

function quietQueue(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue)
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule()
  }
  queue.scheduleRequestTimeoutCheck = () => {
    queue.destroy()
    queue.requestTimeoutIntervalId = setInterval(() => {
      for (const request of queue.inflight.values()) {
        if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest()
      }
      if (!queue.isConnected()) queue.destroy()
    }, timeoutCheckMs)
  }
}
