/** How long what is under way at a stop may take to end by itself. */
const graceMs = 5_000

/** Does work that should end soon after the signal has aborted; where it does not, `close` is called, which makes it fail. */
export async function closeLate<T>(
  signal: AbortSignal,
  close: () => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let closing: Promise<unknown> | undefined
  const expect = () => {
    timer = setTimeout(() => {
      closing = close()
    }, graceMs)
  }
  if (signal.aborted) expect()
  signal.addEventListener('abort', expect, { once: true })
  try {
    return await work()
  } finally {
    signal.removeEventListener('abort', expect)
    clearTimeout(timer)
    await closing
  }
}
