import { MigrationError } from '../core/errors.ts'
import type { Log } from '../kafka/log.ts'
import { stateTopic } from '../schemas/topic-names.ts'
import type { SourceConnector } from './source.ts'

/**
 * Before a migration makes anything for the first time: what a check of the source calls an error ends it here, as
 * `check.failed` with all findings. A migration that has begun is not held up.
 */
export async function preflight(
  {
    migration,
    log,
    source,
  }: { readonly migration: string; readonly log: Log; readonly source: SourceConnector },
  signal: AbortSignal,
): Promise<void> {
  const topic = stateTopic(migration)
  if ((await log.topics(topic)).includes(topic)) return
  const findings = await source.check(await source.tables(signal), signal)
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const lines = errors.map(({ code, subject, message, remedy }) => `${code} ${subject}: ${message} ${remedy}`)
  throw new MigrationError(
    'check.failed',
    `the source cannot be migrated as it is:\n- ${lines.join('\n- ')}`,
    {
      details: { findings: errors },
    },
  )
}
