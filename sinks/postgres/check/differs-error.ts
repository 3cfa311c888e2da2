import { MigrationError } from '../../../core/errors.ts'
import type { Finding } from '../../../core/finding.ts'

/** Throws all findings that forbid the migration as one error; returns when there are none. */
export function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const isAboutRows = errors.every(({ code }) => code === 'target.table_not_empty')
  const lines = errors.map(({ subject, message, remedy }) => `${subject}: ${message} ${remedy}`)
  throw new MigrationError(
    isAboutRows ? 'target.table_not_empty' : 'target.table_differs',
    `the target cannot take the tables:\n- ${lines.join('\n- ')}`,
    { details: { findings: errors } },
  )
}
