import type { Server } from 'node:net'
import { onTestFinished } from 'vitest'

/** Lets an HTTP server listen on 127.0.0.1 until the test has finished. Gives its port. */
export async function listening(server: Server & { closeAllConnections(): void }): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
