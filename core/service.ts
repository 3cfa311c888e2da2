/** Long-running work with one way to live and one way to die. */
export interface Service {
  readonly name: string
  /** Resolves after the signal aborted and everything was cleaned up, or when the work is done; rejects on failure. */
  run(signal: AbortSignal): Promise<void>
}

/**
 * Runs services side by side. The first failure stops all the others; all are awaited, then that failure is thrown.
 * Later failures of the same stop are its consequence and are dropped.
 */
export async function runTogether(services: readonly Service[], parent: AbortSignal): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([parent, stop.signal])
  let first: { error: unknown } | null = null
  await Promise.all(
    services.map(async service => {
      try {
        // A signal of its own: Node warns of a leak when many listen to the same one.
        await service.run(AbortSignal.any([signal]))
      } catch (error) {
        first ??= { error }
        stop.abort(error)
      }
    }),
  )
  // The callbacks above assign it, which control-flow analysis cannot see.
  const failure = first as { error: unknown } | null
  if (failure !== null) throw failure.error
}
