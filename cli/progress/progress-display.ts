import type { Output } from '../cli-context.ts'
import { LiveScreen } from './live-screen.ts'
import { plainLines, progressLines } from './progress-lines.ts'
import type { ProgressView } from './progress-view.ts'

/** Where progress and the log are shown. */
export interface ProgressDisplay {
  /** How often a new view is worth showing. */
  readonly intervalMs: number
  show(view: ProgressView): void
  /** Takes lines of the log, so that they do not run into bars. */
  log(lines: string): void
  /** Lets go of the terminal. */
  end(): void
}

/** Bars on a terminal, plain lines elsewhere, a JSON object a line if asked. The log goes to stderr in every case. */
export function progressDisplay(stdout: Output, stderr: Output, json: boolean): ProgressDisplay {
  if (json) return lines(stderr, view => void stdout.write(`${JSON.stringify({ progress: view })}\n`), 2_000)
  if (stdout.isTTY === true) return bars(stdout, stderr)
  return lines(
    stderr,
    view =>
      void stdout.write(
        plainLines(view)
          .map(line => `${line}\n`)
          .join(''),
      ),
    5_000,
  )
}

function lines(stderr: Output, show: (view: ProgressView) => void, intervalMs: number): ProgressDisplay {
  return { intervalMs, show, log: text => void stderr.write(text), end: () => undefined }
}

function bars(stdout: Output, stderr: Output): ProgressDisplay {
  const screen = new LiveScreen(stdout)
  return {
    intervalMs: 1_000,
    show: view => screen.draw(progressLines(view, screen.columns, screen.rows)),
    // A log that goes to a file is not mixed into the terminal.
    log: text => (stderr.isTTY === true ? screen.print(text) : void stderr.write(text)),
    end: () => screen.release(),
  }
}
