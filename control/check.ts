import { errorReport } from '../core/error-report.ts'
import type { Finding } from '../core/finding.ts'

/** A part of the migration that can be checked by itself. */
export interface CheckedPart {
  /** `kafka`, `registry`, `source`, `target new`. */
  readonly name: string
  /** Changes nothing. May throw: then the part could not be checked. */
  readonly check: (signal: AbortSignal) => Promise<readonly Finding[]>
}

export interface PartFindings {
  readonly part: string
  readonly findings: readonly Finding[]
}

/** Runs every check of every part; a part that fails does not keep the others from being checked. Throws the signal's reason. */
export async function checkAll(
  parts: readonly CheckedPart[],
  signal: AbortSignal,
): Promise<readonly PartFindings[]> {
  return Promise.all(
    parts.map(async ({ name, check }) => {
      try {
        return { part: name, findings: await check(signal) }
      } catch (error) {
        signal.throwIfAborted()
        return { part: name, findings: [couldNotCheck(name, error)] }
      }
    }),
  )
}

export function hasErrors(all: readonly PartFindings[]): boolean {
  return all.some(({ findings }) => findings.some(({ severity }) => severity === 'error'))
}

function couldNotCheck(part: string, error: unknown): Finding {
  const { code, message, causes, remedy } = errorReport(error)
  const because = causes.filter(cause => !message.includes(cause)).map(cause => ` (${cause})`)
  return { severity: 'error', code, subject: part, message: `${message}${because.join('')}`, remedy }
}
