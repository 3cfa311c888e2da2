import { execFileSync } from 'node:child_process'

/** Ids of a user of this machine. */
export interface SystemUser {
  readonly uid: number
  readonly gid: number
}

/** The user PostgreSQL runs as: it refuses root, so root uses the user `postgres` and makes it if need be. Others run it as themselves. */
export function postgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  return idsOf('postgres') ?? made('postgres')
}

function made(name: string): SystemUser {
  execFileSync('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    name,
  ])
  const user = idsOf(name)
  if (!user) throw new Error(`the system user ${name} could not be made`)
  return user
}

function idsOf(name: string): SystemUser | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}
