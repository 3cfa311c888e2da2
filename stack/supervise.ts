import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, type Launched, launch } from './launch.ts'
import { childrenOf, startTimeOf } from './process-table.ts'
import type { ServerHome } from './server-home.ts'

/** A server that can be killed and brought back on the same data and port. */
export interface SupervisedServer {
  /** The pid of the running server; of the last one while it is down. */
  readonly pid: number
  /** What it has written, before restarts too. */
  readonly log: string
  /** Stops it in order and removes its data. May be called twice. */
  stop(): Promise<void>
  /** Kills it and its children with SIGKILL, as a crash would; its data stays. */
  kill(): Promise<void>
  /** Starts it again on the same data and port, after stopping it in order if it runs. */
  restart(): Promise<void>
}

/** How to run one kind of server. */
export interface Supervision {
  readonly command: Command
  /** The signal that makes it stop in order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT'
  /** Resolves as soon as it serves requests. */
  readonly ready: (signal: AbortSignal) => Promise<void>
}

const patienceMs = { start: 120_000, stop: 15_000 }

/** Starts a server in its home and waits until it is ready. If it does not get there, nothing is left of it. */
export async function supervise(home: ServerHome, supervision: Supervision): Promise<SupervisedServer> {
  let current = await start(home, supervision)
  return {
    get pid() {
      return current.pid
    },
    get log() {
      return readFileSync(join(home.folder, 'log'), 'utf8')
    },
    async stop() {
      await end(current, supervision.stopSignal)
      await home.remove()
    },
    kill: () => kill(current),
    async restart() {
      await end(current, supervision.stopSignal)
      current = await start(home, supervision)
    },
  }
}

async function start(home: ServerHome, supervision: Supervision): Promise<Launched> {
  const launched = launch(home, supervision.command)
  const attempt = new AbortController()
  const timeout = AbortSignal.any([attempt.signal, AbortSignal.timeout(patienceMs.start)])
  const died = launched.ended.then(how => {
    throw new Error(`${supervision.command.program} ended before it was ready: ${how}`)
  })
  try {
    await Promise.race([supervision.ready(timeout), died])
    return launched
  } catch (cause) {
    await kill(launched)
    throw cause
  } finally {
    attempt.abort()
    died.catch(() => undefined)
  }
}

async function end(launched: Launched, signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
  if (launched.hasEnded()) return
  process.kill(launched.pid, signal)
  const impatience = setTimeout(() => void kill(launched), patienceMs.stop)
  await launched.ended
  clearTimeout(impatience)
}

async function kill(launched: Launched): Promise<void> {
  if (launched.hasEnded()) return
  const children = childrenOf(launched.pid).map(pid => ({ pid, startTime: startTimeOf(pid) }))
  process.kill(launched.pid, 'SIGKILL')
  await launched.ended
  // A child that outlived its parent would keep the shared memory, and the restart would be refused.
  for (const child of children) {
    while (child.startTime !== undefined && startTimeOf(child.pid) === child.startTime) {
      killIfAlive(child.pid)
      await sleep(5)
    }
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It noticed by itself.
  }
}
