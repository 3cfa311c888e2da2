import type { Finding } from '../core/finding.ts'
import type { RegistryConfig } from '../schemas/config/registry-section.ts'
import { callRegistry } from '../schemas/registry/call-registry.ts'
import { registryConnection } from './registry-connection.ts'

/** Whether the configured registry answers and lets us in. The embedded one needs nothing but Kafka. */
export async function checkRegistry(registry: RegistryConfig): Promise<readonly Finding[]> {
  if (registry.kind === 'embedded') return []
  await callRegistry(registryConnection(registry), 'the list of subjects', { path: '/subjects' })
  return []
}
