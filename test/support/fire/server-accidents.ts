import { setTimeout as sleep } from 'node:timers/promises'
import type { SupervisedServer } from '../../../stack/supervise.ts'
import type { NamedAccident } from './scene.ts'

const names = ['source', 'target', 'kafka'] as const

/** A server dies, or is restarted by its operator. */
export const serverAccidents: readonly NamedAccident[] = names.flatMap(name => [crash(name), restart(name)])

function crash(name: (typeof names)[number]): NamedAccident {
  return [
    `${name} crashes`,
    async ({ servers, random }) => {
      const server: SupervisedServer = servers[name]
      await server.kill()
      await sleep(random() * 1_000)
      await server.restart()
      return true
    },
  ]
}

function restart(name: (typeof names)[number]): NamedAccident {
  return [
    `${name} restarts`,
    async ({ servers }) => {
      await servers[name].restart()
      return true
    },
  ]
}
