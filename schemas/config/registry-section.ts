import * as z from 'zod'
import type { Secret } from '../../core/secret.ts'
import { pemFile, secretReference } from './file-or-env.ts'
import type { SecretReader } from './secret-reader.ts'

/** A registry of somebody else's, or the one that the connector serves itself. */
export type RegistryConfig =
  | {
      readonly kind: 'external'
      readonly url: string
      readonly login: { readonly username: string; readonly password: Secret } | null
      /** PEM text; null trusts the system's authorities. */
      readonly ca: string | null
    }
  | { readonly kind: 'embedded'; readonly host: string; readonly port: number }

const listenSection = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
    port: z.int().min(0).max(65_535).default(8081).describe('TCP port; 0 takes a free one and logs it.'),
  })
  .describe('Where the connector serves the embedded registry.')

export const registrySection = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'write an http or https address' })
      .refine(url => !/^[^/]*:\/\/[^/]*@/.test(url), { error: 'give the login as username and password' })
      .optional()
      .describe('Address of a Confluent-compatible registry. Default: the connector serves an embedded one.'),
    username: z.string().min(1).optional().describe('Name for HTTP basic authentication at `url`.'),
    password: secretReference.optional().describe('Where the password for `username` is found.'),
    ca: pemFile
      .optional()
      .describe(
        'PEM file with the authority that signed the certificate of `url`. Default: the authorities of the system.',
      ),
    listen: listenSection.optional(),
  })
  .refine(registry => registry.url === undefined || registry.listen === undefined, {
    error: 'url names a registry of yours, listen serves one: give only one of them',
  })
  .refine(registry => (registry.username === undefined) === (registry.password === undefined), {
    error: 'username and password belong together',
  })
  .refine(registry => registry.url !== undefined || (registry.username ?? registry.ca) === undefined, {
    error: 'username, password and ca are for a registry of yours: give its url, or none of them',
  })
  .prefault({})
  .describe(
    'The schema registry. Without `url` Switchback serves one itself and keeps it in the topic `_schemas`.',
  )

export function resolveRegistry(raw: z.output<typeof registrySection>, read: SecretReader): RegistryConfig {
  if (raw.url === undefined)
    return { kind: 'embedded', host: raw.listen?.host ?? '127.0.0.1', port: raw.listen?.port ?? 8081 }
  const login =
    raw.username === undefined || raw.password === undefined
      ? null
      : { username: raw.username, password: read.secret(raw.password, 'registry.password') }
  return {
    kind: 'external',
    url: raw.url,
    login,
    ca: raw.ca === undefined ? null : read.certificates(raw.ca, 'registry.ca'),
  }
}
