import type { ConnectionPool, RequestQueue } from './internals.ts'

/**
 * After its first answer kafkajs looks for waiting requests every millisecond for ever, also when there are none; that
 * costs some percent of a core for each connection. Here it looks only while a request waits.
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
}
