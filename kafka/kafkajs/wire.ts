import { MigrationError } from '../../core/errors.ts'
import type { Broker } from './internals.ts'

/** A request whose bytes are made here and sent as they are: large buffers are never copied. */
export interface WireRequest {
  readonly apiKey: number
  readonly apiVersion: number
  readonly name: string
  readonly body: readonly Buffer[]
  /** kafkajs keeps two connections to each broker: 0, and 1 for fetches, which wait at the broker. */
  readonly connection: 0 | 1
}

/** Sends a request through kafkajs's connection and resolves with the response behind the correlation id. */
export async function exchange(broker: Broker, request: WireRequest): Promise<Buffer> {
  const connection = await broker.connectionPool.getConnection(request.connection)
  await connection.authenticate()
  const { apiKey, apiVersion, name } = request
  // Nobody looks for answers on a connection that has ended: the request would wait for ever.
  if (!connection.isConnected())
    throw new MigrationError('kafka.unreachable', `The connection was lost before ${name} was sent`)
  const correlationId = connection.nextCorrelationId()
  const head = requestHead(request, correlationId, connection.clientId)
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      connection.requestQueue.push({
        entry: {
          apiKey,
          apiName: name,
          apiVersion,
          correlationId,
          resolve: ({ payload }) => {
            resolve(payload)
          },
          reject,
        },
        expectResponse: true,
        requestTimeout: null,
        sendRequest: () => {
          const { socket } = connection
          socket?.cork()
          socket?.write(head)
          for (const part of request.body) socket?.write(part)
          socket?.uncork()
        },
      })
    })
  } catch (error) {
    // As kafkajs does for its own requests: a closed connection must be opened anew.
    if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') await broker.disconnect()
    throw error
  }
}

function requestHead(request: WireRequest, correlationId: number, clientId: string): Buffer {
  const client = Buffer.from(clientId)
  const head = Buffer.allocUnsafe(14 + client.length)
  const bodyBytes = request.body.reduce((sum, part) => sum + part.length, 0)
  head.writeInt32BE(10 + client.length + bodyBytes, 0)
  head.writeInt16BE(request.apiKey, 4)
  head.writeInt16BE(request.apiVersion, 6)
  head.writeInt32BE(correlationId, 8)
  head.writeInt16BE(client.length, 12)
  client.copy(head, 14)
  return head
}
