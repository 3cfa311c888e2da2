import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startTimeOf } from './process-table.ts'

/** The folder of one server: its data, its log and the pids that belong to it. */
export interface ServerHome {
  readonly folder: string
  /** Kills what is recorded in the folder and still alive, and removes the folder. Happens by itself when this process dies. */
  remove(): Promise<void>
}

const watchdogScript = fileURLToPath(new URL('watchdog.sh', import.meta.url))

/**
 * Makes a home that does not outlive this process, however it ends: a watchdog outside this process holds the other end of a pipe.
 * Homes whose owner and watchdog both died (a killed container, a power cut) are swept first.
 */
export function openServerHome(name: string): ServerHome {
  const parent = homesFolder()
  sweepOrphans(parent)
  // The owner is part of the name, so that there is no moment at which a folder has none.
  const folder = mkdtempSync(join(parent, `${name}.${process.pid}.${startTimeOf(process.pid) ?? 0}.`))
  const watchdog = watch(folder, 'pipe')
  return {
    folder,
    async remove() {
      if (watchdog.exitCode !== null || watchdog.signalCode !== null) return
      watchdog.ref()
      const exited = once(watchdog, 'exit')
      watchdog.stdin?.end()
      await exited
    },
  }
}

/** The parent folder of all homes of this user. In the temporary folder, because the system user of PostgreSQL must be able to walk to it. */
export function homesFolder(): string {
  const folder = join(realpathSync(tmpdir()), `switchback-${process.getuid?.() ?? 'user'}`)
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  return folder
}

function sweepOrphans(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = /\.(\d+)\.(\d+)\.[^.]+$/.exec(name)
    if (owner && startTimeOf(Number(owner[1])) !== owner[2]) watch(join(parent, name), 'ignore')
  }
}

/** Without a pipe the watchdog finds its input closed, and acts at once. */
function watch(folder: string, stdin: 'pipe' | 'ignore'): ChildProcess {
  const watchdog = spawn('/bin/sh', [watchdogScript, folder], {
    stdio: [stdin, 'ignore', 'ignore'],
    cwd: '/',
    // In a session of its own: Ctrl-C is for the owner, which stops its servers in order.
    detached: true,
  })
  watchdog.unref()
  // The types say Writable; what a spawned child has is a socket, which would keep the owner alive.
  const pipe = watchdog.stdin as (NodeJS.WritableStream & { unref?(): void }) | null
  pipe?.unref?.()
  return watchdog
}
