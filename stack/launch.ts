import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerHome } from './server-home.ts'

/** A program to run in a server's home. Its command line must name the home's folder, or it cannot be told from others later. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** The system user to run as; as ourselves if left out. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

/** A started program. */
export interface Launched {
  readonly pid: number
  /** Settles when the program has ended, never rejects; says how and with which last lines of its log. */
  readonly ended: Promise<string>
  readonly hasEnded: () => boolean
}

// The shell becomes the program, so the pid it records is the program's: no program ever runs unrecorded.
const recordThenBecome = 'printf %s $$ >"$1" && shift && exec "$@"'

/** Starts a program that dies with this process. Its output goes to `<home>/log`. */
export function launch(home: ServerHome, command: Command): Launched {
  const logFile = join(home.folder, 'log')
  const log = openSync(logFile, 'a')
  const child = spawn(
    '/bin/sh',
    ['-c', recordThenBecome, 'launch', join(home.folder, 'server.pid'), command.program, ...command.args],
    { stdio: ['ignore', log, log], cwd: home.folder, detached: true, ...command.user },
  )
  closeSync(log)
  return {
    pid: child.pid ?? 0,
    ended: endOf(child, logFile),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
  }
}

/** Runs a program to its end. Fails unless it ends with exit code 0. */
export async function runToEnd(home: ServerHome, command: Command): Promise<void> {
  const how = await launch(home, command).ended
  if (!how.startsWith('exit 0')) throw new Error(`${command.program} failed: ${how}`)
}

function endOf(child: ChildProcess, logFile: string): Promise<string> {
  const lastLines = () => readFileSync(logFile, 'utf8').split('\n').slice(-20).join('\n')
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (code, signal) =>
      resolve(`${code === null ? signal : `exit ${code}`}\n${lastLines()}`),
    )
  })
}
