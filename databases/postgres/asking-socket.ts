import { Socket } from 'node:net'

const refusal = 'N'.charCodeAt(0)

/** Sockets on which the driver asks for TLS, and whether the server said that it has none. */
export interface AskingSockets {
  readonly open: () => Socket
  readonly refused: () => boolean
  /** Closes what was opened. */
  readonly destroy: () => void
}

/** The driver reports a server without TLS by a text alone; here its one-letter answer is seen. */
export function askingSockets(): AskingSockets {
  let refused = false
  let opened: Socket | null = null
  return {
    open() {
      const socket = new Socket()
      opened = socket
      socket.once('data', (answer: Buffer) => {
        refused = answer[0] === refusal
      })
      return socket
    },
    refused: () => refused,
    destroy: () => void opened?.destroy(),
  }
}
