const patienceMs = 2_000

/** The timers that a process of Switchback has set, as its /metrics tells; null when it does not answer. */
export async function activeTimers(port: number): Promise<number | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(patienceMs),
    })
    return timersOf(await response.text())
  } catch {
    return null
  }
}

export function timersOf(exposition: string): number {
  const found = /^nodejs_active_resources\{[^}]*type="Timeout"[^}]*\} (\d+)$/m.exec(exposition)
  return Number(found?.[1] ?? 0)
}
