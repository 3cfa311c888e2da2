/** Which parts of a process do their work now, each under a name of its own, for example `sink new`. */
export interface Readiness {
  /** From now on the part is asked. */
  watch(part: string, isReady: () => boolean): void
  /** Why the part is not ready, should it be asked: `kafka.unreachable: …`. */
  explain(part: string, reason: string): void
  /** One line for each part that is not ready; empty when all are. */
  reasons(): readonly string[]
}

export function readiness(): Readiness {
  const parts = new Map<string, () => boolean>()
  const explanations = new Map<string, string>()
  return {
    watch(part, isReady) {
      parts.set(part, isReady)
    },
    explain(part, reason) {
      explanations.set(part, reason)
    },
    reasons() {
      const waiting = [...parts].filter(([, isReady]) => !isReady())
      return waiting.map(([part]) => `${part}: ${explanations.get(part) ?? 'starting'}`)
    },
  }
}
