import { CommanderError } from 'commander'
import { errorReport, type ErrorReport } from '../core/error-report.ts'
import type { Output } from './cli-context.ts'

/** Prints what went wrong, where, and what to do; as one line of JSON if asked. Returns the exit code of the process. */
export function printError(error: unknown, stderr: Output, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const report = errorReport(error)
  stderr.write(json ? `${JSON.stringify({ error: report })}\n` : errorText(report))
  return report.exit
}

/**
 *     error kafka.unreachable
 *       no broker answers at localhost:9092
 *       because: connect ECONNREFUSED
 *       remedy: Check kafka.brokers…
 */
function errorText({ code, message, causes, remedy, stack }: ErrorReport): string {
  const lines = [
    `error ${code}`,
    ...message.split('\n').map(line => `  ${line}`),
    ...causes
      .filter(cause => !message.includes(cause))
      .map(cause => `  because: ${cause.replaceAll('\n', '\n    ')}`),
    `  remedy: ${remedy}`,
    ...(stack === null ? [] : [stack]),
  ]
  return `${lines.join('\n')}\n`
}
