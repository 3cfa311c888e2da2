/** A value of a column and the share of rows between the value before it and it. */
export interface WeightedValue {
  readonly value: string
  readonly weight: number
}

/** At most `count - 1` of the values, such that about the same share of rows lies between any two. Never the last value. */
export function evenBoundaries(values: readonly WeightedValue[], count: number): string[] {
  let total = 0
  for (const { weight } of values) total += weight
  const boundaries: string[] = []
  let passed = 0
  let next = total / count
  for (const { value, weight } of values.slice(0, -1)) {
    passed += weight
    if (passed < next) continue
    boundaries.push(value)
    if (boundaries.length === count - 1) break
    // One frequent value may fill several ranges.
    next = Math.max(next, passed) + total / count
  }
  return boundaries
}

/** Boundaries at equal distances between the lowest and the highest value of an integer or uuid column. */
export function interpolated(kind: string, ends: readonly [string, string], count: number): string[] {
  const low = toNumber(kind, ends[0])
  const width = toNumber(kind, ends[1]) - low
  const boundaries = new Set<bigint>()
  for (let index = 1; index < count; index++) boundaries.add(low + (width * BigInt(index)) / BigInt(count))
  return [...boundaries].map(value => toText(kind, value))
}

function toNumber(kind: string, text: string): bigint {
  return BigInt(kind === 'uuid' ? `0x${text.replaceAll('-', '')}` : text)
}

function toText(kind: string, value: bigint): string {
  if (kind !== 'uuid') return String(value)
  const hex = value.toString(16).padStart(32, '0')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
