import type { Finding } from '../../../core/finding.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { CheckContext } from './source-check.ts'

const preparedTransactions = `
SELECT gid, round(extract(epoch FROM now() - prepared))::int AS seconds FROM pg_prepared_xacts ORDER BY prepared`

const longTransactions = `
SELECT pid, round(extract(epoch FROM now() - xact_start))::int AS seconds
FROM pg_stat_activity
WHERE xact_start < now() - interval '5 minutes' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
ORDER BY xact_start`

/** Transactions that the making of the slot would wait for. */
export async function checkOpenTransactions({ client }: CheckContext): Promise<readonly Finding[]> {
  const prepared = await query<{ gid: string; seconds: number }>(
    client,
    'list prepared transactions',
    preparedTransactions,
  )
  const long = await query<{ pid: number; seconds: number }>(
    client,
    'list long transactions',
    longTransactions,
  )
  return [
    ...prepared.map(
      ({ gid, seconds }): Finding => ({
        severity: 'warning',
        code: 'source.prepared_transaction',
        subject: gid,
        message: `The prepared transaction ${gid} has been open for ${seconds} s: the replication slot cannot be made before it ends.`,
        remedy: 'COMMIT PREPARED or ROLLBACK PREPARED it.',
      }),
    ),
    ...long.map(
      ({ pid, seconds }): Finding => ({
        severity: 'warning',
        code: 'source.long_transaction',
        subject: `process ${pid}`,
        message: `A transaction of process ${pid} has been open for ${seconds} s: the replication slot cannot be made before it ends.`,
        remedy: 'Wait for it, or end it.',
      }),
    ),
  ]
}
