import type { TestProject } from 'vitest/node'
import { type Stack, startStack } from '../../stack/start-stack.ts'
import type { SharedServers } from './servers.ts'

/** One broker and two databases for the whole run, whatever number of projects asks for them. */
interface SharedStack {
  users: number
  readonly starting: Promise<Stack>
}

declare global {
  // Vitest loads this module once for every project, so a variable of the module would start the servers several times.
  var switchbackServers: SharedStack | undefined
}

export async function setup(project: TestProject): Promise<void> {
  globalThis.switchbackServers ??= { users: 0, starting: startStack() }
  globalThis.switchbackServers.users++
  const { kafka, source, target } = await globalThis.switchbackServers.starting
  project.provide('servers', {
    kafka: { brokers: kafka.brokers },
    source: plain(source),
    target: plain(target),
  })
}

export async function teardown(): Promise<void> {
  const stack = globalThis.switchbackServers
  if (!stack || --stack.users > 0) return
  globalThis.switchbackServers = undefined
  await (await stack.starting).stop()
}

/** Only data can be handed to the test processes. */
function plain({
  host,
  port,
  user,
  password,
  version,
  url,
}: SharedServers['source']): SharedServers['source'] {
  return { host, port, user, password, version, url }
}
