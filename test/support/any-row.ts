import fc from 'fast-check'
import type { ColumnType } from '../../schemas/column-type.ts'
import type { Column, TableSchema } from '../../schemas/table-schema.ts'
import { arrayType, baseType, domainOf, enumType, numericType } from './column-types.ts'
import { column, testTable } from './test-table.ts'
import type { TextRow } from './text-row.ts'

/** Every codec, with texts that its database writes. */
const known: readonly (readonly [ColumnType, readonly string[]])[] = [
  [baseType('int2'), ['0', '-1', '32767', '-32768']],
  [baseType('int4'), ['2147483647', '-2147483648', '64', '-64', '-65', '999999999', '1000000000']],
  [baseType('int8'), ['9223372036854775807', '-9223372036854775808', '134217727', '134217728', '-1']],
  [baseType('oid'), ['4294967295', '0']],
  [baseType('bool'), ['t', 'f']],
  [baseType('bit', 1), ['1', '0']],
  [baseType('bit', 10), ['0000000001', '1111111111']],
  [baseType('varbit'), ['', '1', '1000000000000000001']],
  [baseType('float8'), ['0', '-0', 'NaN', '-Infinity', '5e-324', '0.1']],
  [baseType('float4'), ['0', '1.5', '16777216']],
  [numericType(12, 2), ['0.00', '-0.01', '9999999999.99', '-1.28', '1.27', '-1.29', '21474836.47', 'NaN']],
  [numericType(15, 0), ['0', '128', '-32768', '140737488355328', '999999999999999', '-4294967296']],
  [numericType(38, 10), ['1234567890123456789012345678.0123456789', '-0.0000000001', '1.5']],
  [numericType(20, 9), ['-0.000000001', '99999.123456789', '2147483648.000000000']],
  [numericType(3, -2), ['12300', '0']],
  [baseType('numeric'), ['3.140', '0.000', 'Infinity']],
  [baseType('money'), ['-$1,234.50', '$0.00']],
  [baseType('text'), ['', 'a\tb\\c\nd\re', 'ä\u{1f680}', 'x'.repeat(700), '\\', '\b\f\v', '1234567\\']],
  [
    baseType('text'),
    ['only\nfeed', 'only\rreturn', 'only\ttab', 'a\n', '\r', 'seven\n7', '{"only": "\\slash"}'],
  ],
  [baseType('bpchar', 14), ['padded    ']],
  [baseType('bytea'), ['\\x', '\\x00ff10']],
  [baseType('date'), ['2024-02-29', '0044-03-15 BC', 'infinity']],
  [baseType('time'), ['24:00:00', '12:34:56.1']],
  [baseType('time', 3), ['12:34:56.789']],
  [baseType('timetz'), ['12:34:56.789+02', '00:00:00+00', '01:02:03+05:30']],
  [baseType('timestamp'), ['1969-12-31 23:59:59.999999', '0044-03-15 12:00:00 BC', '-infinity']],
  [baseType('timestamp', 3), ['2024-02-29 12:34:56.789']],
  [
    baseType('timestamptz'),
    ['2024-02-29 10:34:56.7+00', '0001-01-01 00:00:00+00', '12024-01-01 00:00:00+00'],
  ],
  [baseType('timestamptz', 0), ['2024-02-29 10:34:56+00', '0044-03-15 12:00:00+00 BC', 'infinity']],
  [baseType('timestamptz', 3), ['2024-02-29 10:34:56.123+00', '2024-02-29 10:34:56.1234+00']],
  [baseType('interval'), ['P1Y2M3DT4H5M6.789012S']],
  [baseType('uuid'), ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']],
  [baseType('jsonb'), ['{"a": "b\\nc"}']],
  [baseType('point'), ['(1,2)', '(NaN,Infinity)']],
  [baseType('hstore', -1, 'hstore'), ['', '"a"=>"1", "b"=>NULL']],
  [baseType('unheard_of'), ['anything']],
  [arrayType(baseType('text')), ['{}', '{"",NULL,"a\\"b"}', '{{1}}']],
  [arrayType(numericType(8, 2)), ['{"1.50",NULL}']],
  [enumType('a', 'b, c'), ['b, c']],
  [domainOf(baseType('int4')), ['7']],
]

/** Text with the characters of numbers and dates, so that it nearly fits, and any other text. */
const hostileText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789-+. :TZ\\tfNa\0ä')), maxLength: 32 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)

const hostileName = fc.oneof(
  fc.constantFrom('*/ throw 1 //', '\nthrow 1', '\u2028throw 1', '`${throw 1}`', '__proto__', '"', "'", '\\'),
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
)

export interface AnyRow {
  readonly schema: TableSchema
  readonly row: TextRow
}

const anyColumn = fc.constantFrom(...known).chain(([type, texts]) =>
  fc.record({
    type: fc.constant(type),
    nullable: fc.boolean(),
    default: fc.constantFrom(null, null, '7', "'x'::text"),
    value: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...texts) },
      { weight: 2, arbitrary: hostileText },
      { weight: 1, arbitrary: fc.constantFrom(null, { absent: true as const }) },
    ),
  }),
)

/** A row of a table of any columns; more of them than one generated function takes, at times. */
export const anyRow: fc.Arbitrary<AnyRow> = fc
  .oneof(
    { weight: 5, arbitrary: fc.uniqueArray(hostileName, { minLength: 1, maxLength: 10 }) },
    { weight: 1, arbitrary: fc.uniqueArray(hostileName, { minLength: 42, maxLength: 90 }) },
  )
  .chain(names =>
    fc.tuple(...names.map(name => anyColumn.map(drawn => ({ ...drawn, name })))).map(drawn => ({
      schema: testTable('any', drawn.map(asColumn), []),
      row: Object.fromEntries(drawn.map(({ name, value }) => [name, value] as const)),
    })),
  )

function asColumn(drawn: {
  name: string
  type: ColumnType
  nullable: boolean
  default: string | null
}): Column {
  return column(drawn.name, drawn.type, { nullable: drawn.nullable, default: drawn.default })
}
