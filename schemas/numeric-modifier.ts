/** The precision in the modifier of `numeric(precision, scale)`. */
export function numericPrecision(modifier: number): number {
  return (modifier - 4) >> 16
}

/** The scale in the modifier of `numeric(precision, scale)`, which may be negative: 11 bits with a sign. */
export function numericScale(modifier: number): number {
  return (((modifier - 4) & 2047) ^ 1024) - 1024
}
