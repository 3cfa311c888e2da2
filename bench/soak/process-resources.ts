import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { peakOfStatus } from '../process-usage.ts'

/** What a process holds now. */
export interface ProcessResources {
  /** MB of 2^20 bytes. */
  readonly residentMb: number
  readonly peakMb: number
  readonly files: number
  /** Of the files. */
  readonly sockets: number
}

/** Null when there is no such process. */
export function resourcesOf(pid: number): ProcessResources | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const files = readdirSync(`/proc/${pid}/fd`)
    return {
      residentMb: residentOfStatus(status),
      peakMb: peakOfStatus(status),
      files: files.length,
      sockets: files.filter(file => linkOf(`/proc/${pid}/fd/${file}`).startsWith('socket:')).length,
    }
  } catch {
    return null
  }
}

export function residentOfStatus(status: string): number {
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // It was closed after it was listed.
    return ''
  }
}
