import net from 'node:net'
import type { Socket } from 'node:net'
import tls from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { AnswerReader } from './answer-reader.ts'

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
        : connectPlain({ host, port }, onConnect)
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

/** Emits whole answers. Node offers reading into buffers of ours only without TLS. */
function connectPlain(
  address: { readonly host: string; readonly port: number },
  onConnect: () => void,
): Socket {
  const reader = new AnswerReader(answer => socket.emit('data', answer))
  const received = (bytes: number) => {
    if (!reader.received(bytes)) socket.destroy(new Error('what came is no answer of Kafka'))
    return true
  }
  const socket: Socket = net.connect(
    { ...address, onread: { buffer: () => reader.room(), callback: received } },
    onConnect,
  )
  return socket
}
