import type { Connection, ConnectionPool } from './internals.ts'

const lengthBytes = 4

/**
 * kafkajs connects anew with the same object: what an earlier socket had received of an unfinished answer, or still receives, would be
 * read as the beginning of the next answer. Here each socket begins with nothing, an earlier one is not heard any more,
 * and who asks while a socket is being opened waits for that one.
 */
export function cleanConnects(pool: ConnectionPool): ConnectionPool {
  for (const connection of pool.pool) cleanConnect(connection)
  return pool
}

function cleanConnect(connection: Connection): void {
  joinNothingToAnswers(connection)
  const connect = connection.connect.bind(connection)
  let connecting: Promise<unknown> | null = null
  connection.connect = () => {
    if (connecting !== null) return connecting
    if (!connection.isConnected()) forget(connection)
    connecting = connect().finally(() => {
      connecting = null
    })
    return connecting
  }
}

/** After an answer kafkajs keeps an empty buffer, and would copy the next answer to join the two. */
function joinNothingToAnswers(connection: Connection): void {
  const processData = connection.processData.bind(connection)
  connection.processData = data => {
    if (connection.bytesBuffered === 0) connection.chunks = []
    processData(data)
  }
}

function forget(connection: Connection): void {
  const { socket } = connection
  connection.chunks = []
  connection.bytesBuffered = 0
  connection.bytesNeeded = lengthBytes
  if (!socket) return
  for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event)
  socket.on('error', () => undefined)
  socket.destroy()
}
