/** Bounds of what one transaction of a target holds. */
export interface BatchLimits {
  readonly bytes: number
  readonly events: number
}

/** So long may a transaction take: it holds locks, and nothing of it is to be seen before its end. */
const goalSeconds = 2
/** Round trips, a commit: what a batch costs however little it holds may be this much of its time, or it becomes larger. */
const leastWorkPerCost = 9
const firstShare = 1 / 8
const leastShare = 1 / 64
const mostStep = 4
/** What is known loses so much of its weight with each new batch. */
const remembered = 0.8
/** Below this, sizes are too much alike to tell what a batch costs by itself: the noise of their times would. */
const tellingSpread = 0.05

/**
 * How large the batches of a lane become while it writes, steered by the time that they take: a line through the sizes and times of the
 * last ones, weighted by age (least squares), tells what a batch costs by itself and what each part of the limits adds.
 */
export class BatchSize {
  readonly #most: BatchLimits
  #share = firstShare
  readonly #known = { weight: 0, size: 0, seconds: 0, sizeSquared: 0, sizeSeconds: 0 }

  constructor(most: BatchLimits) {
    this.#most = most
  }

  /** What a batch may hold now. */
  get limits(): BatchLimits {
    return { bytes: this.#most.bytes * this.#share, events: this.#most.events * this.#share }
  }

  isReached({ bytes, events }: BatchLimits): boolean {
    const { limits } = this
    return bytes >= limits.bytes || events >= limits.events
  }

  /** A batch was applied. One that is far from the limit tells nothing about it. */
  note({ bytes, events }: BatchLimits, seconds: number): void {
    const size = Math.max(bytes / this.#most.bytes, events / this.#most.events)
    if (size < this.#share / 2) return
    this.#learn(size, seconds)
    const wanted = Math.min(this.#share * mostStep, Math.max(this.#share / mostStep, this.#wanted()))
    this.#share = Math.min(1, Math.max(leastShare, wanted))
  }

  #learn(size: number, seconds: number): void {
    const known = this.#known
    known.weight = known.weight * remembered + 1
    known.size = known.size * remembered + size
    known.seconds = known.seconds * remembered + seconds
    known.sizeSquared = known.sizeSquared * remembered + size * size
    known.sizeSeconds = known.sizeSeconds * remembered + size * seconds
  }

  #wanted(): number {
    const { weight } = this.#known
    const size = this.#known.size / weight
    const seconds = this.#known.seconds / weight
    const spread = this.#known.sizeSquared / weight - size * size
    const together = this.#known.sizeSeconds / weight - size * seconds
    const isTelling = spread > size * size * tellingSpread && together > 0
    const each = isTelling ? together / spread : seconds / size
    const own = Math.max(0, seconds - each * size)
    return Math.max(goalSeconds, own * leastWorkPerCost) / each
  }
}
