import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { avroSchema } from '../../../schemas/avro-schema.ts'
import { codecForType } from '../../../schemas/codec-for-type.ts'
import type { ColumnType } from '../../../schemas/column-type.ts'
import { codecTrip } from '../../support/codec-trip.ts'
import { arrayType, baseType, numericType } from '../../support/column-types.ts'
import { referenceType } from '../../support/reference-avro.ts'

/** A text as the database writes it, and the value that an independent Avro decodes from our bytes. */
interface Sample {
  readonly text: string
  readonly value: unknown
  /** The text that comes back, where it is another one of the same value. */
  readonly back?: string
}

const pad = (value: number, width: number) => String(value).padStart(width, '0')
const days = fc.integer({ min: -2_440_588, max: 2_145_031_948 })
const clock = fc.integer({ min: 0, max: 86_399_999_999 })

/** Date and time by the engine's own calendar where it has one. */
function dateOf(day: number): { text: string; bc: string } {
  const date = new Date(day * 86_400_000)
  const year = date.getUTCFullYear()
  const rest = `${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`
  return { text: `${pad(year > 0 ? year : 1 - year, 4)}-${rest}`, bc: year > 0 ? '' : ' BC' }
}
const engineDays = fc.integer({ min: -2_440_588, max: 99_999_999 })

function clockOf(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000)
  const fraction = pad(micros % 1_000_000, 6).replace(/0+$/, '')
  const hours = pad(Math.floor(seconds / 3600), 2)
  return `${hours}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}${fraction === '' ? '' : `.${fraction}`}`
}

function decimal(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const sign = unscaled < 0n ? '-' : ''
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function twosComplement(value: bigint): Buffer {
  let bytes = 1
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes++
  return Buffer.from(
    BigInt.asUintN(bytes * 8, value)
      .toString(16)
      .padStart(bytes * 2, '0'),
    'hex',
  )
}

const big = fc.oneof(
  fc.bigInt({ min: -(10n ** 12n) + 1n, max: 10n ** 12n - 1n }),
  fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
  fc.nat({ max: 126 }).map(bit => 2n ** BigInt(bit)),
  fc.nat({ max: 126 }).map(bit => -(2n ** BigInt(bit)) - 1n),
)
const long = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -100_000n, max: 100_000n }),
  fc.nat({ max: 62 }).map(bit => 2n ** BigInt(bit)),
  fc.nat({ max: 63 }).map(bit => -(2n ** BigInt(bit))),
)
const plain = (text: string): Sample => ({ text, value: text })

/** The database never writes a text that lies in the very middle of two floats. */
function isMiddle(value: number): boolean {
  return Math.fround(value * (1 + 2e-16)) !== Math.fround(value * (1 - 2e-16))
}

const types: readonly (readonly [string, ColumnType, fc.Arbitrary<Sample>])[] = [
  ['integer', baseType('int4'), fc.integer().map(value => ({ text: String(value), value }))],
  ['bigint', baseType('int8'), long.map(value => ({ text: String(value), value }))],
  [
    'numeric(38,7)',
    numericType(38, 7),
    big.map(value => ({ text: decimal(value, 7), value: twosComplement(value) })),
  ],
  [
    'numeric',
    baseType('numeric'),
    fc.tuple(big, fc.nat({ max: 40 })).map(([value, scale]) => ({
      text: decimal(value, scale),
      value: { scale, value: twosComplement(value) },
    })),
  ],
  ['text', baseType('text'), fc.string({ unit: 'grapheme', maxLength: 100 }).map(plain)],
  [
    'bytea',
    baseType('bytea'),
    fc.uint8Array({ maxLength: 300 }).map(bytes => ({
      text: `\\x${Buffer.from(bytes).toString('hex')}`,
      value: Buffer.from(bytes),
    })),
  ],
  [
    'double precision',
    baseType('float8'),
    fc.double({ noNaN: true }).map(value => {
      const text = Object.is(value, -0) ? '-0' : String(value)
      return { text, value }
    }),
  ],
  [
    'real',
    baseType('float4'),
    fc
      .float({ noNaN: true })
      .filter(value => Math.abs(value) >= 2 ** -126 || value === 0)
      .map(value => {
        const exact = Object.is(value, -0) ? '-0' : String(value)
        const short = [6, 7, 8, 9]
          .map(digits => value.toPrecision(digits))
          .find(text => Math.fround(Number(text)) === value && !isMiddle(Number(text)))
        return { text: Number.isFinite(value) && value !== 0 ? (short ?? exact) : exact, value, back: exact }
      }),
  ],
  [
    'date',
    baseType('date'),
    engineDays.map(day => ({ text: dateOf(day).text + dateOf(day).bc, value: day })),
  ],
  ['time', baseType('time'), clock.map(value => ({ text: clockOf(value), value: BigInt(value) }))],
  [
    'timestamp',
    baseType('timestamp'),
    fc.tuple(engineDays, clock).map(([day, micros]) => ({
      text: `${dateOf(day).text} ${clockOf(micros)}${dateOf(day).bc}`,
      value: BigInt(day) * 86_400_000_000n + BigInt(micros),
    })),
  ],
  [
    'timestamptz',
    baseType('timestamptz'),
    fc.tuple(fc.integer({ min: -719_162, max: 2_932_896 }), clock).map(([day, micros]) => {
      const whole = new Date(day * 86_400_000 + Math.floor(micros / 1000)).toISOString()
      const value = whole.replace('Z', `${pad(micros % 1000, 3)}Z`)
      return { text: `${dateOf(day).text} ${clockOf(micros)}+00`, value, back: value }
    }),
  ],
  [
    'varbit',
    baseType('varbit'),
    fc.string({ unit: fc.constantFrom('0', '1'), maxLength: 70 }).map(rest => ({
      text: `1${rest}`,
      value: Buffer.from(
        twosComplement(BigInt(`0b01${rest}`))
          .filter((byte, i) => i > 0 || byte > 0)
          .toReversed(),
      ),
    })),
  ],
  [
    'text[]',
    arrayType(baseType('text')),
    fc.array(fc.option(fc.string({ unit: 'grapheme' }))).map(items => ({
      text: `{${items.map(item => (item === null ? 'NULL' : `"${item.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`,
      value: items,
    })),
  ],
  [
    'hstore',
    baseType('hstore', -1, 'hstore'),
    fc.uniqueArray(fc.tuple(fc.string(), fc.option(fc.string())), { selector: ([key]) => key }).map(pairs => {
      const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
      const json = pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
      return {
        text: pairs
          .map(([key, value]) => `${quoted(key)}=>${value === null ? 'NULL' : quoted(value)}`)
          .join(', '),
        value: `{${json.join(',')}}`,
      }
    }),
  ],
]

describe('every value of a type', () => {
  it.each(types)('%s: has the bytes of an independent Avro and comes back', (_, type, samples) => {
    const codec = codecForType(type)
    const { type: connectType } = codec.schema
    const wrapped = avroSchema({
      type: 'struct',
      optional: false,
      name: 'a.b',
      fields: [{ ...codec.schema, field: 'f' }],
    })
    const reference = referenceType(wrapped)
    let seen = 0
    fc.assert(
      fc.property(samples, ({ text, value, back }) => {
        const trip = codecTrip(codec, text)
        expect(trip?.text).toBe(back ?? text)
        expect(trip?.bytes.toString('hex')).toBe(reference.toBuffer({ f: value }).toString('hex'))
        expect(reference.fromBuffer(trip?.bytes ?? Buffer.alloc(0))).toMatchObject({ f: value })
        seen++
      }),
      { numRuns: 400 },
    )
    expect(seen, connectType).toBeGreaterThanOrEqual(400)
  })

  it('dates far beyond the engine calendar come back', () => {
    const codec = codecForType(baseType('date'))
    fc.assert(
      fc.property(days, day => {
        const before = codecTrip(codec, dateOf(0).text)
        expect(before?.text).toBe('1970-01-01')
        const era = 146_097
        // Whole cycles of 400 years do not change month and day.
        const cycles = Math.floor(day / era)
        const near = dateOf(day - cycles * era)
        const year = Number(near.text.slice(0, 4)) + cycles * 400
        const text = `${pad(year > 0 ? year : 1 - year, 4)}${near.text.slice(4)}${year > 0 ? '' : ' BC'}`
        expect(codecTrip(codec, text)?.text).toBe(text)
      }),
    )
  })
})
