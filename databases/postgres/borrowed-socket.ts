import type { Duplex } from 'node:stream'
import type { Connection } from 'pg'

type DataListener = (chunk: Buffer) => void

/** The socket of a driver's client whose incoming bytes we read ourselves for a while. */
export interface BorrowedSocket {
  readonly socket: Duplex
  /** The driver reads again, beginning with `rest`, which must begin at a message. */
  giveBack(rest: Buffer | null): void
}

/**
 * Takes the incoming bytes away from the driver. Only from a `submit` call of the driver: then it is our turn, and the
 * bytes that follow answer what we write.
 */
export function borrowSocket(connection: Connection, receive: DataListener): BorrowedSocket {
  const socket = connection.stream
  // The driver listens with functions that take the chunk: its protocol parser.
  const theirs = socket.listeners('data') as DataListener[]
  socket.removeAllListeners('data')
  socket.on('data', receive)
  return {
    socket,
    giveBack(rest) {
      socket.removeListener('data', receive)
      for (const listener of theirs) {
        socket.on('data', listener)
        if (rest !== null) listener.call(socket, rest)
      }
    },
  }
}
