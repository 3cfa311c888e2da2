import { redactor } from '../core/redactor.ts'
import type { CliContext, Output } from './cli-context.ts'

/** Outputs that never print a secret that they were told of by `hide`, whoever repeats it. */
export function hidingOutput(stdout: Output, stderr: Output): Pick<CliContext, 'stdout' | 'stderr' | 'hide'> {
  let redact = redactor([])
  // Each time from the stream: a terminal may change its size.
  const hiding = (output: Output): Output => ({
    write: text => output.write(redact(text)),
    get isTTY() {
      return output.isTTY === true
    },
    get columns() {
      return output.columns ?? 100
    },
    get rows() {
      return output.rows ?? 24
    },
  })
  return {
    stdout: hiding(stdout),
    stderr: hiding(stderr),
    hide: secrets => {
      redact = redactor(secrets)
    },
  }
}
