/** Decisions of a run, from numbers that a property test made. */
export class Choices {
  readonly #numbers: readonly number[]
  #at = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  get over(): boolean {
    return this.#at >= this.#numbers.length
  }

  /** 0 … count - 1; 0 when the numbers are used up. */
  below(count: number): number {
    return count <= 1 ? 0 : (this.#numbers[this.#at++] ?? 0) % count
  }
}
