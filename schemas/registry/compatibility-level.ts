/** Which earlier schemas a new one is held against, and in which direction. Confluent's names. */
export const compatibilityLevels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const
export type CompatibilityLevel = (typeof compatibilityLevels)[number]

/** The level of a registry that nobody configured. */
export const defaultCompatibility: CompatibilityLevel = 'BACKWARD'
