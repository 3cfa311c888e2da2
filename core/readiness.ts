/** Which parts of a process do their work now. Each part reports under a name of its own, for example `sink new`. */
export interface Readiness {
  /** The part does not do its work, and why: `connecting to the source`. Also announces a part that is about to start. */
  waiting(part: string, reason: string): void
  ready(part: string): void
  /** One line for each part that is not ready; empty when all are. */
  reasons(): readonly string[]
}

export function readiness(): Readiness {
  const parts = new Map<string, string | null>()
  return {
    waiting(part, reason) {
      parts.set(part, reason)
    },
    ready(part) {
      parts.set(part, null)
    },
    reasons: () => [...parts].flatMap(([part, reason]) => (reason === null ? [] : [`${part}: ${reason}`])),
  }
}
