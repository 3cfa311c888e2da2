import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { trackedSockets } from '../../kafka/kafkajs/sockets.ts'
import { kafkajs } from '../../kafka/kafkajs/internals.ts'
import type { Broker } from '../../kafka/kafkajs/internals.ts'

const HEAD = 12

/** No broker: gives the same answer to every request, for answers that a real one gives only by chance. Ends with the test. */
export async function openFakeBroker(answer: Buffer): Promise<Broker> {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    // A small request comes in one piece: its length, number, version and correlation id.
    socket.on('data', request => {
      const head = Buffer.alloc(8)
      head.writeInt32BE(4 + answer.length)
      request.copy(head, 4, HEAD - 4, HEAD)
      socket.write(Buffer.concat([head, answer]))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const logger = kafkajs.createLogger({ level: 0, logCreator: () => () => undefined })
  const options = {
    clientId: 'test',
    brokers: ['unused'],
    connectionTimeout: 5_000,
    requestTimeout: 5_000,
    logger,
    socketFactory: trackedSockets().open,
  }
  // What listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  const connectionPool = await kafkajs.poolBuilder(options).build({ host: '127.0.0.1', port })
  return new kafkajs.Broker({ connectionPool, logger })
}
