/** One migration from its snapshot to its end. */
export interface CyclePlan {
  /** Processes and servers are restarted, milliseconds. */
  readonly roughMs: number
  /** Processes live on, and servers are restarted now and then: here growth would show. */
  readonly steadyMs: number
  /** Between two disturbances, about. */
  readonly pauseMs: number
}

const minuteMs = 60_000
const longest = { short: 10 * minuteMs, long: 30 * minuteMs }
const pause = { least: 6_000, most: 60_000 }

/** Short and long migrations in turn, until the time is used up. */
export function soakPlan(minutes: number): readonly CyclePlan[] {
  const total = minutes * minuteMs
  const short = Math.min(longest.short, total / 6)
  const long = Math.min(longest.long, total / 3)
  const cycles: CyclePlan[] = []
  let left = total
  while (left > short / 2) {
    const ms = Math.min(left, cycles.length % 2 === 0 ? short : long)
    cycles.push({
      roughMs: ms / 3,
      steadyMs: (ms * 2) / 3,
      pauseMs: Math.min(pause.most, Math.max(pause.least, ms / 12)),
    })
    left -= ms
  }
  return cycles
}
