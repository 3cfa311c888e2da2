import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { query } from './query.ts'

// PostgreSQL 14 and later.
const setting = `
SELECT pg_catalog.set_config(name, '2s', false) FROM pg_catalog.pg_settings WHERE name = 'client_connection_check_interval'`

/** Servers on some platforms cannot, and refuse the value: invalid_parameter_value. */
const refused = '22023'

/** When our process is gone, the server ends what it is doing for this session, instead of keeping its locks to the end. */
export async function noticeOurEnd(client: Client): Promise<void> {
  try {
    await query(client, 'let the server watch for lost clients', setting)
  } catch (error) {
    if (!(error instanceof MigrationError) || error.details['sqlState'] !== refused) throw error
  }
}
