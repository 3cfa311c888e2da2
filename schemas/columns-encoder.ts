import { lastView } from '../core/byte-view.ts'
import type { ByteWriter } from '../core/byte-writer.ts'
import { margin } from './codecs/fast/fast-codec.ts'
import type { FieldSlices } from './field-slices.ts'
import { compile, inComment, mayGenerate } from './generated-code.ts'
import type { ColumnStep, RowEncoder } from './row-encoder.ts'
import type { RowExtras } from './row-extras.ts'
import { writingSource } from './writing-source.ts'

/** Encodes the columns one behind the other: compiled, or plain where code may not be generated. */
export function columnsEncoder(steps: readonly ColumnStep[]): RowEncoder {
  return mayGenerate() ? compiledColumnsEncoder(steps) : plainColumnsEncoder(steps)
}

/** What the compiled encoder must be equal to, byte for byte. */
export function plainColumnsEncoder(steps: readonly ColumnStep[]): RowEncoder {
  return (row, out, extras) => {
    for (const step of steps) step.encode(row, out, extras)
  }
}

/**
 * Has a call of its own for each column, so that the engine knows what is called and puts it in place. What a quick form
 * leaves to the plain codec goes through `plain`.
 */
export function compiledColumnsEncoder(steps: readonly ColumnStep[]): RowEncoder {
  const parts = {
    put: steps.map(step => step.column.codec.put),
    plain: plainStep(steps),
    margin,
    views: lastView,
  }
  // The source below is a function of this type.
  return compile(columnsEncoderSource(steps), parts) as RowEncoder
}

// oxlint-disable-next-line max-params -- called by generated code alone
type PlainStep = (
  step: number,
  row: FieldSlices,
  out: ByteWriter,
  extras: RowExtras,
  position: number,
) => number

/** Encodes one column from `position` on; behind it there is room again. */
function plainStep(steps: readonly ColumnStep[]): PlainStep {
  // oxlint-disable-next-line max-params -- called by generated code alone
  return (step, row, out, extras, position) => {
    out.position = position
    steps[step]?.encode(row, out, extras)
    out.reserve(margin)
    return out.position
  }
}

/** The source of the compiled encoder: a function body with the parameters `put`, `plain`, `margin` and `views`. */
export function columnsEncoderSource(steps: readonly ColumnStep[]): string {
  const { functions, calls } = writingSource(steps.map(stepSource), {
    name: 'encode',
    parameters: 'row, out, extras',
    opening: '  const { starts, lengths } = row\n  const source = views.of(row.buffer)',
    own: 'length',
  })
  return [
    ...steps.flatMap(({ column }, i) => (column.codec.put ? [`const put${i} = put[${i}]`] : [])),
    '',
    ...functions,
    'return function encodeColumns(row, out, extras) {',
    ...calls,
    '}\n',
  ].join('\n')
}

function stepSource({ index, column }: ColumnStep, i: number): string {
  const { codec, nullable, nullByte, valueByte } = column
  const known = `${inComment(column.name)}, ${inComment(column.type)} ${nullable ? 'NULL' : 'NOT NULL'}`
  const plain = `plain(${i}, row, out, extras, at)`
  if (codec.put === undefined) {
    return `
  // ${known}: plain codec
  at = ${plain}
  target = out.view`
  }
  const branch = nullable ? `\n    target.setUint8(at, ${valueByte})` : ''
  const orNull = nullable
    ? ` else if (length === -1) {\n    target.setUint8(at, ${nullByte})\n    next = at + 1\n  }`
    : ''
  return `
  // ${known}
  length = lengths[${index}]
  next = -1
  if (length >= 0) {${branch}
    next = put${i}(source, starts[${index}], length, target, ${nullable ? 'at + 1' : 'at'})
  }${orNull}
  if (next < 0) {
    next = ${plain}
    target = out.view
  }
  at = next`
}
