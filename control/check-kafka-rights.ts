import type { Finding } from '../core/finding.ts'
import type { KafkaOptions } from '../kafka/kafka-options.ts'
import { rehearseCoordinator } from '../kafka/rehearse-coordinator.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import { connectorTransactions } from '../schemas/topic-names.ts'

/**
 * Whether Kafka lets this user have the migration's transactional id and consumer groups. Only warnings: connector and sinks may
 * log in as users of their own.
 */
export async function checkKafkaRights(
  { migration, targets }: MigrationConfig,
  options: KafkaOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const transactions = connectorTransactions(migration)
  const denied = async (kind: 'group' | 'transaction', name: string): Promise<boolean> =>
    (await rehearseCoordinator(options, { kind, name }, signal))?.code === 'kafka.denied'
  if (await denied('transaction', transactions))
    findings.push(lacking(`transactional id ${transactions}`, 'The connector', 'Describe and Write'))
  for (const target of targets) {
    const group = `${migration}.${target.name}`
    if (await denied('group', group))
      findings.push(lacking(`group ${group}`, `A sink of ${target.name}`, 'Read'))
  }
  return findings
}

function lacking(subject: string, who: string, operations: string): Finding {
  return {
    severity: 'warning',
    code: 'kafka.right_missing',
    subject,
    message: `Kafka does not let this user use the ${subject}. ${who} that logs in as this user ends with kafka.denied.`,
    remedy: `Allow ${operations} on it to the user of the process, or ignore this if that is another user; docs/kafka.md lists all rights.`,
  }
}
