import { describe, expect, it } from 'vitest'
import { codecForType } from '../../../schemas/codec-for-type.ts'
import type { ColumnType } from '../../../schemas/column-type.ts'
import { codecTrip } from '../../support/codec-trip.ts'
import { arrayType, baseType, domainOf, enumType, numericType } from '../../support/column-types.ts'

const timestamp = baseType('timestamp')
const hstore = baseType('hstore', -1, 'hstore')

/** Texts that must come back as they went. */
const exact: readonly (readonly [ColumnType, readonly string[]])[] = [
  [baseType('int2'), ['0', '-1', '32767', '-32768']],
  [baseType('int4'), ['2147483647', '-2147483648']],
  [
    baseType('int8'),
    [
      '9223372036854775807',
      '-9223372036854775808',
      '9007199254740993',
      '-9007199254740993',
      '1000000000000000',
    ],
  ],
  [baseType('oid'), ['4294967295']],
  [baseType('bool'), ['t', 'f']],
  [baseType('bit', 1), ['1', '0']],
  [baseType('bit', 10), ['0000000000', '0000000001', '1111111111']],
  [baseType('varbit'), ['', '1', '1000000000000000001']],
  [
    baseType('float8'),
    ['0', '-0', 'NaN', 'Infinity', '-Infinity', '5e-324', '1.7976931348623157e+308', '0.1'],
  ],
  [baseType('float4'), ['0', '-0', 'NaN', 'Infinity', '1.5', '16777216']],
  [numericType(12, 2), ['0.00', '-0.01', '9999999999.99', '-9999999999.99', '0.10']],
  [
    numericType(38, 10),
    ['1234567890123456789012345678.0123456789', '-0.0000000001', '-92233720368547758.0800000000'],
  ],
  [numericType(20, 0), ['18446744073709551615', '-128', '127', '128', '-129', '32768']],
  [numericType(3, -2), ['12300', '0', '-100']],
  [numericType(3, 5), ['0.00123', '-0.00999']],
  [
    baseType('numeric'),
    ['3.140', '0', '0.000', '-1e'.replace('e', '0'), `1${'0'.repeat(500)}.${'3'.repeat(300)}`],
  ],
  [baseType('bytea'), ['\\x', '\\x00ff10', `\\x${'ab'.repeat(1000)}`]],
  [
    baseType('date'),
    ['0001-01-01', '0044-03-15 BC', '4713-11-24 BC', '5874897-12-31', 'infinity', '-infinity', '2000-02-29'],
  ],
  [baseType('time'), ['00:00:00', '24:00:00', '12:34:56.789012', '12:34:56.1']],
  [baseType('time', 3), ['24:00:00', '12:34:56.789']],
  [
    timestamp,
    [
      '1969-12-31 23:59:59.999999',
      '0044-03-15 12:00:00 BC',
      '4713-11-24 00:00:00 BC',
      '294247-01-10 04:00:54.775807',
      '2255-06-05 23:47:34.740993',
      'infinity',
      '-infinity',
    ],
  ],
  [
    baseType('timestamp', 3),
    ['294276-12-31 23:59:59.999', '0001-12-31 23:59:59.999 BC', 'infinity', '-infinity'],
  ],
  [baseType('interval'), ['P1Y2M3DT4H5M6.789012S', 'PT0S', 'P-1Y-2M3DT-4H-5M-6S']],
  [baseType('point'), ['(1,2)', '(-0,1e+300)', '(NaN,Infinity)']],
  [hstore, ['', '"a"=>"1", "b"=>NULL', '"q\\"\\\\"=>"NULL", ""=>"", "1"=>"ü,=>", "__proto__"=>"\n"']],
  [arrayType(baseType('text')), ['{}', '{"","NULL",NULL,"a\\"b","\\\\","{","ü,"}']],
  [arrayType(numericType(8, 2)), ['{"1.50",NULL,"-2.25"}']],
  [enumType('a', 'b, c'), ['b, c']],
  [arrayType(enumType('a', 'b, c')), ['{"a","b, c"}']],
  [baseType('box'), ['(3,4),(1,2)']],
  [arrayType(baseType('box')), ['{(3,4),(1,2);(1,1),(0,0)}']],
  [arrayType(domainOf(baseType('int4'))), ['{"1",NULL}']],
  [{ ...baseType('pair'), kind: 'composite' }, ['(1,"two, three")']],
  [baseType('geometry', -1, 'postgis'), ['0101000000000000000000F03F0000000000000040']],
  [baseType('char'), ['', 'q', '\\377']],
]

/** Texts that mean the same on the way back. */
const equal: readonly (readonly [ColumnType, string, string])[] = [
  [baseType('money'), '-$1,234.50', '-1234.50'],
  [baseType('money'), '-$92,233,720,368,547,758.08', '-92233720368547758.08'],
  [baseType('timestamptz'), '2024-02-29 10:34:56+00', '2024-02-29T10:34:56.000000Z'],
  [baseType('timestamptz', 0), '2024-02-29 10:34:56+00', '2024-02-29T10:34:56Z'],
  [baseType('timestamptz', 3), '2024-02-29 10:34:56.7+00', '2024-02-29T10:34:56.700Z'],
  [baseType('timestamptz'), '0044-03-15 12:00:00.5+00 BC', '0044-03-15 12:00:00.500000+00 BC'],
  [baseType('timestamptz'), '0001-03-15 12:00:00+00 BC', '0001-03-15 12:00:00.000000+00 BC'],
  [baseType('timestamptz'), '294276-12-31 23:59:59.999999+00', '294276-12-31 23:59:59.999999+00'],
  [baseType('timestamptz'), 'infinity', 'infinity'],
  [baseType('timestamptz'), '-infinity', '-infinity'],
  [baseType('timetz'), '12:34:56.789012+02', '12:34:56.789012+02:00'],
  [baseType('timetz'), '12:34:56-05:30', '12:34:56-05:30'],
  [baseType('timetz'), '24:00:00+00', '24:00:00Z'],
  [baseType('timetz'), '00:00:00+15:59:59', '00:00:00+15:59:59'],
  [arrayType(baseType('int4')), '{1,NULL,3}', '{"1",NULL,"3"}'],
  [arrayType(baseType('timestamptz')), '{"2024-02-29 10:34:56+00"}', '{"2024-02-29T10:34:56.000000Z"}'],
  [arrayType(baseType('bool')), '{t,f}', '{"t","f"}'],
]

/** Texts whose value the Avro type cannot hold. */
const misfits: readonly (readonly [ColumnType, readonly string[]])[] = [
  [baseType('int8'), ['9223372036854775808', '-9223372036854775809', '', '-', '1.5', '99999999999999999999']],
  [numericType(12, 2), ['NaN', 'Infinity', '-Infinity', '1.005', '']],
  [baseType('numeric'), ['NaN', 'Infinity', '-Infinity', '.']],
  [baseType('varbit'), ['0', '01']],
  [baseType('bit', 10), ['1']],
  [
    timestamp,
    // The second is the very number that Debezium writes for infinity.
    ['294276-12-31 23:59:59.999999', '294247-01-10 04:00:25.2', 'now', '2024-02-29', '2024-02-29 12:34'],
  ],
  [baseType('timestamp', 3), ['294247-01-10 04:00:25.2']],
  [baseType('timestamp', 0), ['2024-02-29 12:34:56.0001']],
  [baseType('timestamptz'), ['2024-02-29 10:34:56+02', 'now']],
  [baseType('date'), ['today', '2024-02-29x']],
  [baseType('time', 0), ['12:34:56.7891', 'noon']],
  [baseType('bytea'), ['abc', '\\xzz']],
  [baseType('point'), ['1,2', '(a,b)']],
  [arrayType(baseType('int4')), ['{{1,2},{3,4}}', '[0:1]={1,2}', '{a}']],
  [arrayType(enumType('a')), ['{a,NULL}']],
  [hstore, ['{"a":1}']],
]

const cases = exact.flatMap(([type, texts]) => texts.map(text => ({ type, name: type.sql, text })))

describe('values at the edges of their types', () => {
  it.each(cases)('$name $text comes back as it went', ({ type, text }) => {
    expect(codecTrip(codecForType(type), text)?.text).toBe(text)
  })

  it.each(equal.map(([type, text, back]) => ({ type, name: type.sql, text, back })))(
    '$name $text comes back as $back, which is the same value',
    ({ type, text, back }) => {
      expect(codecTrip(codecForType(type), text)?.text).toBe(back)
    },
  )

  it.each(misfits.flatMap(([type, texts]) => texts.map(text => ({ type, name: type.sql, text }))))(
    '$name $text does not fit, and says so',
    ({ type, text }) => {
      expect(codecTrip(codecForType(type), text)).toBeNull()
    },
  )

  it('a real in the middle of two floats is not rounded twice', () => {
    // The float above is 1.0000001; as a double this text is the exact middle, which would go down to 1.
    expect(codecTrip(codecForType(baseType('float4')), '1.00000005960464477540')).toBeNull()
    expect(codecTrip(codecForType(baseType('float4')), '0.1')?.text).toBe('0.10000000149011612')
  })
})
