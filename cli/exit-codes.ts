/** What the process tells its caller; the end of every `--help`. The codes of errors stand in the error catalogue. */
export const exitCodes: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done, or stopped by a signal in good order'],
  [1, 'an error that nobody expected'],
  [2, 'the command line, the configuration or a secret is wrong'],
  [3, 'the check found errors'],
  [4, 'halted: somebody has to look; nothing was skipped'],
  [5, 'a server could not be reached'],
  [130, 'interrupted before it was done, or ended at once by a second signal'],
]

export const exitCodeHelp = `Exit codes:\n${exitCodes.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}\n`
