const lengthBytes = 4
const scratchBytes = 64 << 10
/** More is no answer of Kafka, but of something else that listens there. */
const maxAnswerBytes = 512 << 20

/**
 * Puts answers together, each with its length before it. The rest of an answer that has begun is received where it is to
 * lie, so that a large one is copied nowhere.
 */
export class AnswerReader {
  readonly #deliver: (answer: Buffer) => void
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes)
  /** Bytes at the beginning of the scratch buffer: too few for a length. */
  #held = 0
  #answer: Buffer | null = null
  #filled = 0

  constructor(deliver: (answer: Buffer) => void) {
    this.#deliver = deliver
  }

  /** Where the next bytes are to be received. Never empty. */
  room(): Buffer {
    return this.#answer === null ? this.#scratch.subarray(this.#held) : this.#answer.subarray(this.#filled)
  }

  /** Notes that so many bytes were written to `room`. False: this is not Kafka. */
  received(bytes: number): boolean {
    if (this.#answer === null) return this.#split(this.#held + bytes)
    this.#filled += bytes
    if (this.#filled < this.#answer.length) return true
    const whole = this.#answer
    this.#answer = null
    this.#deliver(whole)
    return true
  }

  #split(end: number): boolean {
    let at = 0
    this.#held = 0
    while (end - at >= lengthBytes) {
      const length = this.#scratch.readInt32BE(at)
      if (length < 0 || length > maxAnswerBytes) return false
      const answer = Buffer.allocUnsafe(lengthBytes + length)
      const there = this.#scratch.copy(answer, 0, at, Math.min(end, at + answer.length))
      at += there
      if (there < answer.length) {
        this.#answer = answer
        this.#filled = there
      } else this.#deliver(answer)
    }
    this.#held = this.#scratch.copy(this.#scratch, 0, at, end)
    return true
  }
}
