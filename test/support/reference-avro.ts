import avsc from 'avsc'

/** avsc with exact 64-bit numbers: the slow, independent Avro that ours is compared with. */
const long = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer(value: bigint) {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(value)
    return buffer
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

export function referenceType(schema: object): avsc.Type {
  // avsc's own types do not know that a schema with properties of others is one.
  return avsc.Type.forSchema(schema as avsc.Schema, {
    typeHook: (attributes: unknown) => (isLong(attributes) ? long : undefined),
  })
}

function isLong(attributes: unknown): boolean {
  if (attributes === 'long') return true
  return (
    typeof attributes === 'object' &&
    attributes !== null &&
    'type' in attributes &&
    attributes.type === 'long'
  )
}

/** The decoded value as the fixture's JSON has it: base64, exact numbers, original names of columns. */
export function asFixtureJson(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64')
  if (Array.isArray(value)) return value.map(item => asFixtureJson(item, names))
  if (typeof value === 'bigint') return BigInt.asIntN(53, value) === value ? Number(value) : value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [names.get(name) ?? name, asFixtureJson(inner, names)]),
  )
}
