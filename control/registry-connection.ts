import type { RegistryConfig } from '../schemas/config/registry-section.ts'
import type { RegistryConnection } from '../schemas/registry/call-registry.ts'

/** How to reach a registry of the user's. */
export function registryConnection({
  url,
  login,
  ca,
}: Extract<RegistryConfig, { kind: 'external' }>): RegistryConnection {
  return { url, ...(login === null ? {} : { auth: login }), ...(ca === null ? {} : { tls: { ca } }) }
}
