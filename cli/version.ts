import { createRequire } from 'node:module'

// The build puts this file one folder deeper than the sources have it.
const candidates = ['../package.json', '../../package.json']

/** The version in package.json. */
export const version: string = readVersion()

function readVersion(): string {
  const require = createRequire(import.meta.url)
  for (const path of candidates) {
    try {
      // Our own file: its shape is known.
      return (require(path) as { version: string }).version
    } catch {
      continue
    }
  }
  return 'unknown'
}
