import type { Client } from 'pg'
import type { Finding } from '../../../core/finding.ts'
import { errorCatalogue } from '../../../core/error-catalogue.ts'
import { MigrationError } from '../../../core/errors.ts'
import { query } from '../../../databases/postgres/query.ts'
import { ddlTransaction } from '../ddl/ddl-transaction.ts'

const oldestVersion = 12

interface ServerFacts extends Record<string, unknown> {
  readonly version: number
  readonly full: string
  readonly standby: boolean
  readonly encoding: string
  readonly database: string
}

const server = `
SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS version, pg_catalog.current_setting('server_version') AS full,
       pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('server_encoding') AS encoding,
       pg_catalog.current_database()::text AS database`

/** Whether the server is one that can be written to, as the sink needs to. Changes nothing. */
export async function checkServer(client: Client): Promise<readonly Finding[]> {
  const [facts] = await query<ServerFacts>(client, 'look at the target server', server)
  if (facts === undefined) return []
  return [...serverFindings(facts), ...(await checkReplicaRole(client, facts.database))]
}

function serverFindings({ version, full, standby, encoding, database }: ServerFacts): readonly Finding[] {
  const findings: Finding[] = []
  if (version < oldestVersion)
    findings.push({
      severity: 'error',
      code: 'target.version',
      subject: database,
      message: `The target runs PostgreSQL ${full}.`,
      remedy: `Use PostgreSQL ${oldestVersion} or later.`,
    })
  if (standby)
    findings.push({
      severity: 'error',
      code: 'target.standby',
      subject: database,
      message: 'The target is a standby, which cannot be written to.',
      remedy: 'Name the primary server in the configuration.',
    })
  if (encoding !== 'UTF8')
    findings.push({
      severity: 'warning',
      code: 'target.encoding',
      subject: database,
      message: `The target database is encoded in ${encoding}: rows with other characters will be refused.`,
      remedy: 'Use a database with encoding UTF8, unless the source has the same encoding.',
    })
  return findings
}

/** Tries it: providers grant it in ways of their own. The setting ends with the transaction. */
async function checkReplicaRole(client: Client, database: string): Promise<readonly Finding[]> {
  try {
    await ddlTransaction(client, 'look', () =>
      query(client, 'set session_replication_role', 'SET LOCAL session_replication_role = replica'),
    )
    return []
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'postgres.denied') throw error
    return [
      {
        severity: 'error',
        code: 'target.replica_role_denied',
        subject: database,
        message:
          'The user may not set session_replication_role, so triggers and foreign keys would act on our writes.',
        remedy: errorCatalogue['target.replica_role_denied'].remedy,
      },
    ]
  }
}
