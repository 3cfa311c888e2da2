import { readFileSync } from 'node:fs'
import { childrenOf } from '../stack/process-table.ts'

/** Linux counts a process's time in this unit, whatever its kernel's own clock does. */
const ticksPerSecond = 100

/** CPU seconds as `/proc/<pid>/stat` has them: of all threads of the process, and of its children that have ended. */
export function cpuOfStat(stat: string): { readonly own: number; readonly ended: number } {
  // The name in brackets may hold blanks and brackets itself: the fields are counted from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (index: number) => Number(fields[index]) / ticksPerSecond
  return { own: seconds(11) + seconds(12), ended: seconds(13) + seconds(14) }
}

/** CPU seconds of a process so far, all threads. */
export function cpuSecondsOf(pid: number): number {
  return cpuOfStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).own
}

/** CPU seconds of a server that has a process for each session, those that have ended included. */
export function cpuSecondsOfTree(pid: number): number {
  const { own, ended } = cpuOfStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return childrenOf(pid).reduce((sum, child) => sum + cpuSecondsIfAlive(child), own + ended)
}

/** The most memory that a process has had in use, MB of 2^20 bytes. */
export function peakMemoryMbOf(pid: number): number {
  return peakOfStatus(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

export function peakOfStatus(status: string): number {
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
}

function cpuSecondsIfAlive(pid: number): number {
  try {
    return cpuSecondsOf(pid)
  } catch {
    // It ended after it was listed; its parent counts it next time.
    return 0
  }
}
