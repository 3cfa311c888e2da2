/** The promise's value, or null as soon as the signal aborts; what the promise does after that is of no interest. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) {
    promise.catch(() => undefined)
    return null
  }
  return new Promise<T | null>((resolve, reject) => {
    const stop = () => {
      resolve(null)
    }
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop)
    })
  })
}

/** Resolves when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  await orAborted(new Promise<never>(() => undefined), signal)
}
