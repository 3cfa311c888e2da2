import { exitCodes } from '../../cli/exit-codes.ts'
import { errorCatalogue } from '../../core/error-catalogue.ts'
import type { ErrorEntry } from '../../core/errors.ts'
import { generatedNotice, table } from './markdown.ts'

/** docs/errors.md */
export function errorsPage(): string {
  const entries = Object.entries(errorCatalogue).map(([code, entry]) => errorText(code, entry))
  return `# Errors

${generatedNotice}
An error names its code, what was found and where, and a remedy. \`switchback errors <code>\` prints what stands here.
Each has a decision: **retry** is tried again for ever and shown in log, \`/readyz\` and \`switchback_retries_total\`; **halt** stops at
this place and changes nothing; **ask** needs your input. An error without a code is a fault in Switchback; it halts.

## Exit codes

${table(
  ['code', 'meaning'],
  exitCodes.map(([code, meaning]) => [String(code), meaning]),
)}
## Codes

${entries.join('\n')}`
}

function errorText(code: string, { decision, exit, meaning, remedy }: ErrorEntry): string {
  return `### ${code}\n\n${meaning}\n\n*Decision:* ${decision}, exit code ${exit}. *Remedy:* ${remedy}\n`
}
