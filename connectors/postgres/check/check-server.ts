import type { Finding } from '../../../core/finding.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { CheckContext } from './source-check.ts'

interface Server extends Record<string, unknown> {
  readonly version: number
  readonly versionText: string
  readonly walLevel: string
  readonly recovering: boolean
  readonly encoding: string
}

const server = `
SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS "versionText",
       current_setting('wal_level') AS "walLevel", pg_is_in_recovery() AS recovering, current_setting('server_encoding') AS encoding`

const oldestVersion = 140_000

/** Version, role and log of the server. */
export async function checkServer({ client }: CheckContext): Promise<readonly Finding[]> {
  const [found] = await query<Server>(client, 'read the settings of the server', server)
  if (found === undefined) return []
  return [...ofVersion(found), ...ofLog(found), ...ofEncoding(found)]
}

function ofVersion({ version, versionText }: Server): Finding[] {
  if (version >= oldestVersion) return []
  const message = `PostgreSQL ${versionText} is too old; Switchback needs 14 or later.`
  return [
    {
      severity: 'error',
      code: 'source.version',
      subject: 'server_version',
      message,
      remedy: 'Upgrade the source to PostgreSQL 14 or later.',
    },
  ]
}

function ofLog({ walLevel, recovering }: Server): Finding[] {
  const findings: Finding[] = []
  if (walLevel !== 'logical') {
    findings.push({
      severity: 'error',
      code: 'source.wal_level',
      subject: 'wal_level',
      message: `wal_level is ${walLevel}: the log does not tell which rows change.`,
      remedy: 'Set wal_level = logical in postgresql.conf and restart the server.',
    })
  }
  if (recovering) {
    findings.push({
      severity: 'error',
      code: 'source.standby',
      subject: 'server',
      message: 'The server is a standby: publications cannot be made and markers cannot be written there.',
      remedy: 'Use the primary as source.',
    })
  }
  return findings
}

function ofEncoding({ encoding }: Server): Finding[] {
  if (encoding !== 'SQL_ASCII') return []
  const message =
    'The database encoding is SQL_ASCII: text may hold bytes that are not UTF-8 and cannot be carried.'
  return [
    {
      severity: 'warning',
      code: 'source.encoding',
      subject: 'server_encoding',
      message,
      remedy: 'Make sure that all text is UTF-8, or move the data into a UTF8 database first.',
    },
  ]
}
