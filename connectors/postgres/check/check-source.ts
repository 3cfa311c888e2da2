import { isRetriable } from '../../../core/errors.ts'
import type { Finding } from '../../../core/finding.ts'
import { describeTables } from '../catalog/describe-tables.ts'
import { capturable, matchingRelations } from '../catalog/list-tables.ts'
import { checkCapacity } from './check-capacity.ts'
import { checkIdentity } from './check-identity.ts'
import { checkLogRetention } from './check-log-retention.ts'
import { checkOpenTransactions } from './check-open-transactions.ts'
import { checkPatterns } from './check-patterns.ts'
import { checkPrivileges } from './check-privileges.ts'
import { checkServer } from './check-server.ts'
import { checkShape } from './check-shape.ts'
import { checkSlot } from './check-slot.ts'
import type { CheckContext, SourceCheck } from './source-check.ts'

const checks: Readonly<Record<string, SourceCheck>> = {
  server: checkServer,
  capacity: checkCapacity,
  privileges: checkPrivileges,
  'table patterns': checkPatterns,
  'replica identity': checkIdentity,
  'table shapes': checkShape,
  'log retention': checkLogRetention,
  'open transactions': checkOpenTransactions,
  'replication slot': checkSlot,
}

/**
 * Runs every check and reports every finding; one that fails to run does not stop the others. Rejects only when the server
 * cannot be reached.
 */
export async function checkSource(
  given: Pick<CheckContext, 'client' | 'names' | 'patterns'>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const attempt = async <T>(name: string, otherwise: T, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (isRetriable(error)) throw error
      findings.push(notChecked(name, error))
      return otherwise
    }
  }
  const { client, patterns } = given
  const listed = await attempt('tables', [], () => matchingRelations(client, patterns))
  const tables = await attempt('table definitions', [], () => describeTables(client, capturable(listed)))
  const context = { ...given, listed, tables }
  for (const [name, check] of Object.entries(checks)) {
    findings.push(...(await attempt(name, [], () => check(context))))
  }
  return findings
}

function notChecked(name: string, error: unknown): Finding {
  return {
    severity: 'error',
    code: 'source.not_checked',
    subject: name,
    message: `Could not be checked: ${error instanceof Error ? error.message : String(error)}`,
    remedy: 'Correct what the message names, then check again.',
  }
}
