import { setTimeout as sleep } from 'node:timers/promises'
import type { TcpProxy } from '../tcp-proxy.ts'
import type { NamedAccident } from './scene.ts'

const longestMs = 3_000
const servers = ['kafka', 'source', 'target'] as const

type Harm = (proxy: TcpProxy, random: () => number) => Promise<void>

const harms: readonly (readonly [name: string, harm: Harm])[] = [
  ['connections are cut', async proxy => proxy.cut()],
  [
    'connections are cut inside a message',
    async (proxy, random) => proxy.cutAfter(Math.floor(random() ** 3 * 20_000)),
  ],
  ['connections are half closed', async proxy => proxy.halfClose()],
  [
    'the network stalls',
    async (proxy, random) => {
      proxy.stall()
      await sleep(random() * longestMs)
      proxy.release()
    },
  ],
  [
    'connections are refused',
    async (proxy, random) => {
      proxy.refuse()
      await sleep(random() * longestMs)
      proxy.admit()
    },
  ],
]

/** What networks do, to the way to one of the servers. */
export const networkAccidents: readonly NamedAccident[] = harms.map(([name, harm]) => [
  name,
  async ({ servers: { proxies }, timeline, random }) => {
    const server = servers[Math.floor(random() * servers.length)] ?? 'kafka'
    const { connections } = proxies[server]
    timeline.note(`${name}: ${connections} to ${server}`)
    await harm(proxies[server], random)
    return connections > 0
  },
])
