import type { Finding } from '../../../core/finding.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { CheckContext } from './source-check.ts'

const retention = `
SELECT setting::int8::text AS megabytes, pg_size_pretty(pg_database_size(current_database())) AS database
FROM pg_settings WHERE name = 'max_slot_wal_keep_size'`

const leastMegabytes = 4_096

/** What happens to the source's disk, or to the migration, while the connector is away. */
export async function checkLogRetention({ client }: CheckContext): Promise<readonly Finding[]> {
  const [found] = await query<{ megabytes: string; database: string }>(
    client,
    'read the retention of the log',
    retention,
  )
  if (found === undefined) return []
  const subject = 'max_slot_wal_keep_size'
  const megabytes = Number(found.megabytes)
  if (megabytes < 0) {
    return [
      {
        severity: 'warning',
        code: 'source.wal_unbounded',
        subject,
        message: `The source keeps all log that the connector has not read: while the connector is stopped, its disk fills (the database has ${found.database}).`,
        remedy:
          'Watch the free disk space, or set max_slot_wal_keep_size: the migration is then lost instead of the disk.',
      },
    ]
  }
  if (megabytes >= leastMegabytes) return []
  return [
    {
      severity: 'warning',
      code: 'source.wal_limited',
      subject,
      message: `The source gives up the migration's log when ${megabytes} MB of it are unread: a short stop of the connector may cost the migration.`,
      remedy: `Raise max_slot_wal_keep_size to at least ${leastMegabytes} MB, as far as the disk allows.`,
    },
  ]
}
