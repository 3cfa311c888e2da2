/** 32-bit integers, appended. `values` is replaced when it grows: read it anew after each append. */
export class GrowingInts {
  values = new Int32Array(256)
  length = 0

  push(value: number): void {
    if (this.length === this.values.length) this.#reserve(1)
    this.values[this.length++] = value
  }

  /** Appends the first `count` of `values`. */
  append(values: Int32Array, count: number): void {
    this.#reserve(count)
    for (let index = 0; index < count; index++) this.values[this.length++] = values[index] ?? 0
  }

  #reserve(count: number): void {
    if (this.length + count <= this.values.length) return
    const larger = new Int32Array(Math.max(this.length + count, this.values.length * 2))
    larger.set(this.values)
    this.values = larger
  }
}
