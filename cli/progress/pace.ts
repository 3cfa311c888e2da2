/** How far back a pace looks: long enough to be calm, short enough to be true. */
const windowMs = 10_000

interface Sample {
  readonly atMs: number
  readonly value: number
}

/** Paces of named counters, from samples of the last ten seconds. */
export class Pace {
  readonly #samples = new Map<string, Sample[]>()

  /** Takes a counter's value and gives its change per second; 0 for the first sample and for a counter that fell. */
  perSecond(name: string, value: number, atMs: number): number {
    const samples = this.#samples.get(name) ?? []
    this.#samples.set(name, samples)
    // One sample from before the window stays: it is where the window begins.
    while (samples.length > 1 && (samples[1]?.atMs ?? atMs) <= atMs - windowMs) samples.shift()
    const first = samples[0]
    samples.push({ atMs, value })
    if (first === undefined || atMs <= first.atMs) return 0
    return Math.max(0, ((value - first.value) * 1000) / (atMs - first.atMs))
  }
}
