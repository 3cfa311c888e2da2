import { freePort } from '../../../stack/free-port.ts'
import { type KafkaServer, startKafka } from '../../../stack/kafka/start-kafka.ts'
import { type PostgresServer, startPostgres } from '../../../stack/postgres/start-postgres.ts'
import { openSmallDisk, putOnSmallDisk, type SmallDisk } from './small-disk.ts'
import { TcpProxy } from '../tcp-proxy.ts'

/** Servers that may be killed, and the ways to them that may be cut. */
export interface FireServers {
  readonly kafka: KafkaServer
  readonly source: PostgresServer
  readonly target: PostgresServer
  /** Null where no disk can be mounted. */
  readonly targetDisk: SmallDisk | null
  readonly kafkaDisk: SmallDisk | null
  readonly proxies: { readonly kafka: TcpProxy; readonly source: TcpProxy; readonly target: TcpProxy }
  stop(): Promise<void>
}

// A server that hears nothing of a connection for so long gives it up.
const settings = { wal_sender_timeout: '5s', max_wal_size: '256MB' }
/** Room for all rows, the log and the changes of a round. */
const targetDiskMb = 1_500
const kafkaDiskMb = 1_500

export async function startFireServers(): Promise<FireServers> {
  const port = await freePort()
  const listener = { host: '127.0.0.1', port: 0 }
  const kafkaProxy = await TcpProxy.open(listener)
  const kafkaDisk = await openSmallDisk(kafkaDiskMb)
  const [kafka, source, target] = await Promise.all([
    startKafka({
      port,
      listeners: { PROXIED: 'PLAINTEXT' },
      properties: {
        'advertised.listeners': `PLAIN://127.0.0.1:${port},PROXIED://127.0.0.1:${kafkaProxy.port}`,
        ...(kafkaDisk === null ? {} : { 'log.dirs': kafkaDisk.folder }),
      },
    }),
    startPostgres({ version: 15, settings }),
    startPostgres({ version: 18, settings }),
  ])
  const targetDisk = await putOnSmallDisk(target, targetDiskMb)
  listener.port = Number(kafka.listeners['PROXIED']?.split(':')[1])
  const proxies = {
    kafka: kafkaProxy,
    source: await TcpProxy.open(source),
    target: await TcpProxy.open(target),
  }
  return {
    kafka,
    source,
    target,
    targetDisk,
    kafkaDisk,
    proxies,
    async stop() {
      for (const proxy of Object.values(proxies)) await proxy.close()
      await target.kill()
      targetDisk?.remove()
      await Promise.all([kafka.stop(), source.stop(), target.stop()])
      kafkaDisk?.remove()
    },
  }
}
