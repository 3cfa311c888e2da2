import { spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'

/** What the folders hold in which these servers run, MB. A file that goes while it is counted does not count. */
export function diskOf(pids: readonly number[]): number {
  const folders = pids.map(pid => folderOf(pid)).filter(folder => folder !== null)
  // Files that go under its hands are no failure.
  const { stdout } = spawnSync('du', ['-sm', ...folders], { encoding: 'utf8' })
  return stdout.split('\n').reduce((total, line) => total + Number(line.split('\t')[0]), 0)
}

function folderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}
