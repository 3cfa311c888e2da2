import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where downloads are kept between runs: `$XDG_CACHE_HOME/switchback`, by default `~/.cache/switchback`. May be deleted at any time no server runs. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'switchback')
}

/**
 * Returns `<parent>/<name>`, made by `build` if it is not there. It appears whole or not at all: several callers may build
 * at once, and the first to finish wins.
 */
export async function builtOnce(
  parent: string,
  name: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(parent, name)
  if (existsSync(folder)) return folder
  const unfinished = `${folder}.${randomUUID()}`
  await mkdir(unfinished, { recursive: true })
  try {
    await build(unfinished)
    await rename(unfinished, folder)
  } catch (cause) {
    if (!existsSync(folder)) throw cause
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return folder
}
