import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

const drawn = new Set<number>()

/**
 * A TCP port on 127.0.0.1 that nobody listens on, and that no other call gives, in any process, until this one has ended: its server may
 * come late, or be killed and come back. It lies below the range the system hands to outgoing connections.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 30_000)
    if (!drawn.has(port) && (await isOurs(port)) && (await isFree(port))) return port
  }
}

/**
 * Whoever listens there on another address of this machine has the port, as far as all who draw are concerned; the system gives it
 * back when the process has ended, however that is. A server of the port must not listen on all addresses.
 */
async function isOurs(port: number): Promise<boolean> {
  drawn.add(port)
  const guard = await listenerOn(port, '127.0.0.2')
  if (guard instanceof Error) return isWithoutAddress(guard)
  guard.unref()
  return true
}

async function isFree(port: number): Promise<boolean> {
  const probe = await listenerOn(port, '127.0.0.1')
  if (probe instanceof Error) return false
  probe.close()
  return true
}

async function listenerOn(port: number, host: string): Promise<Server | Error> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return server
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

/** Not every system has more than 127.0.0.1. There, processes are kept apart by chance. */
function isWithoutAddress(error: Error): boolean {
  return 'code' in error && error.code === 'EADDRNOTAVAIL'
}
