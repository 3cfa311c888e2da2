import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { Secret } from '../../core/secret.ts'
import type { FreshDatabase } from './fresh-database.ts'

/** How product code reaches a test's database, as its superuser. */
export function optionsOf(database: FreshDatabase): ConnectionOptions {
  const { host, port, user, password } = database.server
  return {
    host,
    port,
    user,
    password: new Secret(password),
    database: database.name,
    applicationName: 'switchback test',
  }
}
