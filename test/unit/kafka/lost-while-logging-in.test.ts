import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { kafkajs } from '../../../kafka/kafkajs/internals.ts'
import { trackedSockets } from '../../../kafka/kafkajs/sockets.ts'
import { exchange } from '../../../kafka/kafkajs/wire.ts'

/** Nobody speaks Kafka there, and nobody needs to. */
async function openServer() {
  const sockets: Socket[] = []
  const server = createServer(socket => void sockets.push(socket.resume().on('error', () => undefined)))
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  // What listens on a port has an address of this kind.
  return { sockets, port: (server.address() as AddressInfo).port }
}

test('a request is not sent on a connection that was lost while the login was computed', {
  timeout: 20_000,
}, async () => {
  const { sockets, port } = await openServer()
  const logger = kafkajs.createLogger({ level: 0, logCreator: () => () => undefined })
  const options = { clientId: 'test', connectionTimeout: 5_000, requestTimeout: 50, logger }
  const pools = kafkajs.poolBuilder({ ...options, brokers: ['unused'], socketFactory: trackedSockets().open })
  const pool = await pools.build({ host: '127.0.0.1', port })
  const connection = await pool.getConnection(1)
  // SCRAM looks at the last answer for as long as the password takes to be hashed.
  connection.authenticate = async () => {
    for (const socket of sockets) socket.destroy()
    await vi.waitFor(() => expect(connection.isConnected()).toBe(false))
  }
  const broker = new kafkajs.Broker({ connectionPool: pool, logger })
  const request = { apiKey: 1, apiVersion: 10, name: 'Fetch', body: [], connection: 1 } as const
  await expect(exchange(broker, request)).rejects.toMatchObject({ code: 'kafka.unreachable' })
})
