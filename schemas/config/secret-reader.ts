import { createPrivateKey, X509Certificate } from 'node:crypto'
import { MigrationError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import type { SecretReference } from './file-or-env.ts'

/** Reads what the configuration only points at, and remembers what is missing, so that all of it is told at once. */
export interface SecretReader {
  /** `path` is the key in the configuration, for the message. */
  secret(reference: SecretReference, path: string): Secret
  /** PEM text of one certificate or several. */
  certificates(file: string, path: string): string
  /** PEM text of a private key that needs no passphrase. */
  privateKey(file: string, path: string): Secret
  /** Throws `secret.missing` with every source that was not there. */
  finish(): void
}

export type Environment = Readonly<Record<string, string | undefined>>
/** Returns a file's text; throws when it cannot be read. Relative paths are the caller's business. */
export type ReadFile = (path: string) => string

export function secretReader(env: Environment, readFile: ReadFile): SecretReader {
  const missing: string[] = []
  const text = (file: string, path: string): string | null => {
    try {
      return readFile(file)
    } catch {
      missing.push(`${path}: the file ${file} cannot be read`)
      return null
    }
  }
  const variable = (name: string, path: string): string => {
    const value = env[name]
    if (value === undefined) missing.push(`${path}: the environment variable ${name} is not set`)
    return value ?? ''
  }
  const pem = (file: string, path: string, what: string, parse: (text: string) => unknown): string => {
    const content = text(file, path)
    try {
      if (content !== null) parse(content)
    } catch {
      // What the parser says may hold a part of the key.
      missing.push(`${path}: the file ${file} does not hold ${what} in PEM`)
    }
    return content ?? ''
  }
  return {
    certificates: (file, path) => pem(file, path, 'a certificate', content => new X509Certificate(content)),
    privateKey: (file, path) =>
      new Secret(pem(file, path, 'a private key without passphrase', content => createPrivateKey(content))),
    secret({ env: name, file }, path) {
      if (name !== undefined) return new Secret(variable(name, path))
      return new Secret((text(file ?? '', path) ?? '').replace(/\r?\n$/, ''))
    },
    finish() {
      if (missing.length === 0) return
      throw new MigrationError('secret.missing', missing.join('\n'), { details: { missing } })
    },
  }
}
