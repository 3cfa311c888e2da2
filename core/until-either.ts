/**
 * Does work under a signal that aborts as soon as one of these does. `AbortSignal.any` would do as well, but in Node 20 each signal that it
 * makes leaves a trace in its sources for as long as they live.
 */
export async function untilEither<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController()
  const stop = () => {
    either.abort(signals.find(({ aborted }) => aborted)?.reason)
  }
  if (signals.some(({ aborted }) => aborted)) stop()
  for (const signal of signals) signal.addEventListener('abort', stop)
  try {
    return await work(either.signal)
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', stop)
  }
}
