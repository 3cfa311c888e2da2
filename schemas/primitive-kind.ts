const kinds = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const

/** A type of Avro that has no definition of its own. */
export type PrimitiveKind = (typeof kinds)[number]

const names: ReadonlySet<unknown> = new Set(kinds)

export function isPrimitiveKind(name: unknown): name is PrimitiveKind {
  return names.has(name)
}
