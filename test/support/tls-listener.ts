import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certified } from './certificates.ts'

/** Lines of server.properties that let a listener show this certificate. Its key is written into the folder. */
export function tlsListener(folder: string, name: string, { key, cert }: Certified): Record<string, string> {
  const file = join(folder, `${name}.pem`)
  writeFileSync(file, key + cert, { mode: 0o600 })
  const prefix = `listener.name.${name.toLowerCase()}.ssl`
  return { [`${prefix}.keystore.type`]: 'PEM', [`${prefix}.keystore.location`]: file }
}

/** Lines that let it ask clients for certificates of this authority and refuse those that have none. */
export function askingForCertificates(
  folder: string,
  name: string,
  authority: string,
): Record<string, string> {
  const file = join(folder, `${name}.ca.pem`)
  writeFileSync(file, authority)
  const prefix = `listener.name.${name.toLowerCase()}.ssl`
  return {
    [`${prefix}.client.auth`]: 'required',
    [`${prefix}.truststore.type`]: 'PEM',
    [`${prefix}.truststore.location`]: file,
  }
}
