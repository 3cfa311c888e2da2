import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const listening = '0A'

/** The IP addresses that a process of this machine listens on, one for each socket, in the order of their names. */
export function listeningAddresses(pid: number): readonly string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
      const found = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${fd}`))
      return found?.[1] === undefined ? [] : [found[1]]
    }),
  )
  return ['tcp', 'tcp6']
    .flatMap(table => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1))
    .map(line => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === listening && inodes.has(inode ?? ''))
    .map(([, local = '']) => addressOf(local.split(':')[0] ?? ''))
    .toSorted()
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return 'closed meanwhile'
  }
}

/** The kernel writes words of four bytes in the machine's order. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  return bytes.length === 4 ? [...bytes].toReversed().join('.') : `[${hex}]`
}
