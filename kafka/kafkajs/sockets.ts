import net from 'node:net'
import type { Socket } from 'node:net'
import tls from 'node:tls'
import type { ConnectionOptions } from 'node:tls'

interface SocketRequest {
  readonly host: string
  readonly port: number
  readonly ssl: ConnectionOptions | undefined
  readonly onConnect: () => void
}

interface TrackedSockets {
  readonly open: (request: SocketRequest) => Socket
  readonly destroy: () => void
}

/** Opens the sockets for kafkajs and remembers them: closing must not wait for a request that waits at the broker. */
export function trackedSockets(): TrackedSockets {
  const sockets = new Set<Socket>()
  let closed = false
  return {
    open({ host, port, ssl, onConnect }) {
      const socket = ssl
        ? tls.connect({ host, port, ...(net.isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
        : net.connect({ host, port }, onConnect)
      socket.setKeepAlive(true, 60_000)
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      if (closed) socket.destroy(new Error('closed'))
      return socket
    },
    destroy() {
      closed = true
      // With an error, so that kafkajs rejects what is under way.
      for (const socket of sockets) socket.destroy(new Error('closed'))
    },
  }
}
