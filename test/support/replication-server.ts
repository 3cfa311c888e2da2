import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { MessageSplitter } from '../../databases/postgres/message-splitter.ts'
import { serverMessage } from '../../databases/postgres/server-message.ts'
import { wireMessage } from './wire-message.ts'

const nothing = Buffer.alloc(0)
const authentication = 0x52
const ready = wireMessage(serverMessage.readyForQuery, Buffer.from('I'))
const welcome = Buffer.concat([wireMessage(authentication, Buffer.alloc(4)), ready])
const copyBoth = wireMessage(serverMessage.copyBothResponse, Buffer.alloc(3))
const farewell = Buffer.concat([
  wireMessage(serverMessage.copyDone, nothing),
  wireMessage(serverMessage.commandComplete, Buffer.from('START_REPLICATION\0')),
  ready,
])
const query = 0x51

/** Speaks just enough of PostgreSQL's protocol for one client to follow its log, and sends what the test says. */
export class ReplicationServer {
  /** How often the client has asked for an answer. */
  requests = 0
  readonly #port: number
  #client: Socket | null = null

  private constructor(port: number) {
    this.#port = port
  }

  /** Listens until the test has finished. */
  static async open(): Promise<ReplicationServer> {
    const listener = createServer()
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const address = listener.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const server = new ReplicationServer(address.port)
    listener.on('connection', client => server.#serve(client))
    onTestFinished(() => {
      server.#client?.destroy()
      listener.close()
    })
    return server
  }

  get connection() {
    return {
      host: '127.0.0.1',
      port: this.#port,
      database: 'd',
      user: 'u',
      applicationName: 'switchback-test',
    }
  }

  /** The client has hung up. */
  get isLeft(): boolean {
    return this.#client?.destroyed === true
  }

  send(bytes: Buffer): void {
    this.#client?.write(bytes)
  }

  #serve(client: Socket): void {
    const splitter = new MessageSplitter()
    this.#client = client
    client.on('error', () => client.destroy())
    // The first message has no type; what follows it is sent when it was answered.
    client.once('data', () => {
      client.on('data', chunk => {
        splitter.split(chunk, (type, buffer, _start, end) => this.#hear(client, type, buffer[end - 1]))
      })
      client.write(welcome)
    })
  }

  #hear(client: Socket, type: number, lastByte: number | undefined): true {
    if (type === query) client.write(copyBoth)
    else if (type === serverMessage.copyDone) client.write(farewell)
    else if (type === serverMessage.copyData && lastByte === 1) this.requests++
    return true
  }
}
