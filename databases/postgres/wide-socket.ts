import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net'

const slabBytes = 1 << 20
const leastBytes = 128 << 10

/**
 * A TCP socket that reads up to a megabyte at once, without copying, and whose `pause` takes effect at once: a plain one goes
 * on reading packet by packet into its own buffer first. Emits `data` like any other.
 */
export function wideSocket(): Socket {
  let slab = Buffer.alloc(0)
  let used = 0
  // Known to the constructor as well, but not to its type.
  const options: SocketConstructorOpts & ConnectOpts = {
    onread: {
      buffer: () => {
        if (slab.length - used < leastBytes) {
          slab = Buffer.allocUnsafeSlow(slabBytes)
          used = 0
        }
        return slab.subarray(used)
      },
      callback: (bytes, buffer) => {
        used += bytes
        socket.emit('data', buffer.subarray(0, bytes))
        return true
      },
    },
  }
  const socket = new Socket(options)
  return socket
}
