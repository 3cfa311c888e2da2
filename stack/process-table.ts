import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * When a process started, in a unit of the system's own, as digits; undefined if there is no such process. Together with the pid
 * it names one process for good, although pids are used again.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStat(pid)?.startTime
  const started = Date.parse(ps('-o', 'lstart=', '-p', String(pid)).trim())
  return Number.isNaN(started) ? undefined : String(started)
}

/** The direct children of a process. */
export function childrenOf(pid: number): number[] {
  return processTable()
    .filter(entry => entry.parent === pid)
    .map(entry => entry.pid)
}

function processTable(): { pid: number; parent: number }[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(name => ({ pid: Number(name), parent: linuxStat(Number(name))?.parent ?? 0 }))
  }
  return ps('-A', '-o', 'pid=,ppid=')
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .map(([pid = 0, parent = 0]) => ({ pid, parent }))
}

function linuxStat(pid: number): { parent: number; startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold blanks and brackets itself: the fields are counted from the last one.
    const [state, parent = '', , , , , , , , , , , , , , , , , , startTime = ''] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
    return state === 'Z' ? undefined : { parent: Number(parent), startTime }
  } catch {
    return undefined
  }
}

function ps(...args: string[]): string {
  try {
    return execFileSync('ps', args, { encoding: 'utf8' })
  } catch {
    return ''
  }
}
