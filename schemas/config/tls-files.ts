import type { Secret } from '../../core/secret.ts'
import { pemFile } from './file-or-env.ts'
import type { SecretReader } from './secret-reader.ts'

/** What a connection is encrypted with: PEM texts. A null `ca` trusts the system's authorities. */
export interface TlsFiles {
  readonly ca: string | null
  readonly cert: string | null
  readonly key: Secret | null
}

interface RawTlsFiles {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** The keys of a section that name them. `whose` certificate the authority signed, as the description says it. */
export const tlsFileKeys = (whose: string) => ({
  ca: pemFile
    .optional()
    .describe(`PEM file with the authority that signed ${whose}. Default: the authorities of the system.`),
  cert: pemFile.optional().describe('PEM file with the client certificate.'),
  key: pemFile.optional().describe('PEM file with the private key of the client certificate.'),
})

/** For `refine` of such a section. */
export const certWithKey = [
  ({ cert, key }: RawTlsFiles) => (cert === undefined) === (key === undefined),
  { error: 'cert and key belong together' },
] as const

/** `path` is the section in the configuration, for messages. */
export function readTlsFiles({ ca, cert, key }: RawTlsFiles, path: string, read: SecretReader): TlsFiles {
  return {
    ca: ca === undefined ? null : read.certificates(ca, `${path}.ca`),
    cert: cert === undefined ? null : read.certificates(cert, `${path}.cert`),
    key: key === undefined ? null : read.privateKey(key, `${path}.key`),
  }
}
