import type { TestProject } from 'vitest/node'
import { type Stack, startStack } from '../../stack/start-stack.ts'
import { type BuiltPrograms, buildPrograms } from './build-programs.ts'
import type { SharedServers } from './servers.ts'

/** One broker, two databases and the built programs for the whole run, whatever number of projects asks for them. */
interface SharedParts {
  users: number
  readonly starting: Promise<StartedParts>
}

interface StartedParts {
  readonly stack: Stack
  readonly programs: BuiltPrograms
  stop(): Promise<void>
}

declare global {
  // Vitest loads this module once for every project, so a variable of the module would start the servers several times.
  var switchbackParts: SharedParts | undefined
}

export async function setup(project: TestProject): Promise<void> {
  globalThis.switchbackParts ??= { users: 0, starting: start() }
  globalThis.switchbackParts.users++
  const { stack, programs } = await globalThis.switchbackParts.starting
  const { kafka, source, target } = stack
  project.provide('programs', programs)
  project.provide('servers', {
    kafka: { brokers: kafka.brokers },
    source: plain(source),
    target: plain(target),
  })
}

export async function teardown(): Promise<void> {
  const parts = globalThis.switchbackParts
  if (!parts || --parts.users > 0) return
  globalThis.switchbackParts = undefined
  await (await parts.starting).stop()
}

async function start(): Promise<StartedParts> {
  const { programs, remove } = await buildPrograms()
  try {
    const stack = await startStack()
    const stop = async () => {
      await stack.stop()
      await remove()
    }
    return { stack, programs, stop }
  } catch (cause) {
    await remove()
    throw cause
  }
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
