import { MigrationError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import type { SecretReference } from './file-or-env.ts'

/** Reads what the configuration only points at, and remembers what is missing, so that all of it is told at once. */
export interface SecretReader {
  /** `path` is the key in the configuration, for the message. */
  secret(reference: SecretReference, path: string): Secret
  text(file: string, path: string): string
  /** Throws `secret.missing` with every source that was not there. */
  finish(): void
}

export type Environment = Readonly<Record<string, string | undefined>>
/** Returns a file's text; throws when it cannot be read. Relative paths are the caller's business. */
export type ReadFile = (path: string) => string

export function secretReader(env: Environment, readFile: ReadFile): SecretReader {
  const missing: string[] = []
  const text = (file: string, path: string): string => {
    try {
      return readFile(file)
    } catch {
      missing.push(`${path}: the file ${file} cannot be read`)
      return ''
    }
  }
  const variable = (name: string, path: string): string => {
    const value = env[name]
    if (value === undefined) missing.push(`${path}: the environment variable ${name} is not set`)
    return value ?? ''
  }
  return {
    text,
    secret({ env: name, file }, path) {
      if (name !== undefined) return new Secret(variable(name, path))
      return new Secret(text(file ?? '', path).replace(/\r?\n$/, ''))
    },
    finish() {
      if (missing.length === 0) return
      throw new MigrationError('secret.missing', missing.join('\n'), { details: { missing } })
    },
  }
}
