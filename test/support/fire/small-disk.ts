import { execFileSync } from 'node:child_process'
import { rmSync, statfsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PostgresServer } from '../../../stack/postgres/start-postgres.ts'
import { withClient } from '../../../stack/postgres/connection.ts'

/** A disk that can be filled up. */
export interface SmallDisk {
  readonly folder: string
  /** From now on nothing more fits. */
  fill(): void
  /** There is room again. */
  free(): void
  /** Once the server is gone. */
  remove(): void
}

/** An empty disk, in memory. Null where nothing can be mounted: only root can, and not in every container. */
export async function openSmallDisk(megabytes: number): Promise<SmallDisk | null> {
  if (process.getuid?.() !== 0) return null
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'))
  if (mounted(folder, `size=${megabytes}m,mode=700`)) return disk(folder)
  await rm(folder, { recursive: true })
  return null
}

/**
 * Moves the data of a server onto a disk of its own, in memory, by restarting it. Null where nothing can be mounted.
 */
export async function putOnSmallDisk(server: PostgresServer, megabytes: number): Promise<SmallDisk | null> {
  if (process.getuid?.() !== 0) return null
  const folder = await withClient(server.url, async client => {
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    return rows[0]?.data_directory ?? ''
  })
  await server.kill()
  const isMoved = await moved(folder, megabytes)
  await server.restart()
  return isMoved ? disk(folder) : null
}

async function moved(folder: string, megabytes: number): Promise<boolean> {
  const before = `${folder}.before`
  const { uid, gid } = await stat(folder)
  await rename(folder, before)
  await mkdir(folder, { mode: 0o700 })
  if (!mounted(folder, `size=${megabytes}m,mode=700,uid=${uid},gid=${gid}`)) {
    await rm(folder, { recursive: true })
    await rename(before, folder)
    return false
  }
  execFileSync('cp', ['-a', `${before}/.`, folder])
  await rm(before, { recursive: true })
  return true
}

function mounted(folder: string, options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

function disk(folder: string): SmallDisk {
  const ballast = join(folder, 'ballast')
  const free = () => rmSync(ballast, { force: true })
  return {
    folder,
    fill() {
      free()
      // The server writes meanwhile: what was counted may be taken already.
      for (let share = 1; share > 0.5; share -= 0.02) {
        const { bavail, bsize } = statfsSync(folder)
        try {
          execFileSync('fallocate', ['-l', String(Math.floor(bavail * share) * bsize), ballast], {
            stdio: 'pipe',
          })
          return
        } catch {
          free()
        }
      }
      throw new Error(`${folder} could not be filled up`)
    },
    free,
    remove() {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
