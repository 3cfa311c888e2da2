import { lastView } from '../core/byte-view.ts'
import type { ByteWriter } from '../core/byte-writer.ts'
import { margin } from './codecs/fast/fast-codec.ts'
import { escapeFrom, writeCopyNull } from './copy-escape.ts'
import type { CopiedRow, CopyRow } from './decoder.ts'
import { compile } from './generated-code.ts'
import { columnComment, type ColumnReader, type RowReader } from './row-reader.ts'
import { writingSource } from './writing-source.ts'

const tab = 0x09
const newline = 0x0a
const backslashN = 0x5c4e

/** What the compiled writer must be equal to, byte for byte. */
export function plainCopyRow(reader: RowReader, columns: readonly number[]): CopyRow {
  const write = plainField(reader)
  return (row, out) => {
    columns.forEach((column, i) => {
      if (i > 0) out.byte(tab)
      write(column, row, out)
    })
    out.byte(newline)
  }
}

/** Has a call of its own for each column, as the compiled encoder has. */
export function compiledCopyRow(reader: RowReader, columns: readonly number[]): CopyRow {
  const write = plainField(reader)
  const parts = {
    take: reader.columns.map(column => column.reader?.take),
    plain(column: number, row: CopiedRow, out: ByteWriter, position: number) {
      out.position = position
      write(column, row, out)
      out.reserve(margin)
      return out.position
    },
    margin,
    views: lastView,
  }
  // The source below is a function of this type.
  return compile(copyRowSource(reader.columns, columns), parts) as CopyRow
}

function plainField(reader: RowReader) {
  return (column: number, row: CopiedRow, out: ByteWriter): void => {
    const start = row.starts[row.first + column] ?? -1
    if (start < 0) row.cell(column, out)
    else if (reader.isNull(column, row.buffer, start)) writeCopyNull(out)
    else {
      const from = out.position
      reader.text(column, row.buffer, start, out)
      escapeFrom(out, from)
    }
  }
}

/** The source of the compiled writer: a function body with the parameters `take`, `plain`, `margin` and `views`. */
export function copyRowSource(readers: readonly ColumnReader[], columns: readonly number[]): string {
  const fields = columns.map((column, i) => fieldSource(readers[column], column, i + 1 === columns.length))
  const { functions, calls } = writingSource(fields, {
    name: 'copy',
    parameters: 'row, out',
    opening: '  const { buffer, starts, first } = row\n  const source = views.of(buffer)',
    own: 'start',
  })
  const quick = [...new Set(columns)].filter(column => readers[column]?.reader?.take !== undefined)
  return [
    ...quick.map(column => `const take${column} = take[${column}]`),
    '',
    ...functions,
    'return function copyRow(row, out) {',
    ...calls,
    columns.length === 0 ? `  out.byte(${newline})\n}\n` : '}\n',
  ].join('\n')
}

function fieldSource(column: ColumnReader | undefined, index: number, isLast: boolean): string {
  return `
${column?.reader?.take === undefined ? plainSource(column, index) : quickSource(column, index)}
  target.setUint8(next, ${isLast ? newline : tab})
  at = next + 1`
}

function plainSource(column: ColumnReader | undefined, index: number): string {
  return `  // ${column === undefined ? 'no column' : columnComment(column)}: plain codec
  next = plain(${index}, row, out, at)
  target = out.view`
}

function quickSource(column: ColumnReader, index: number): string {
  const { nullBranch } = column
  const isNull = `else if (buffer[start] === ${nullBranch << 1}) {
    target.setUint16(at, ${backslashN})
    next = at + 2
  } `
  return `  // ${columnComment(column)}
  start = starts[first + ${index}]
  if (start < 0) next = -1
  ${nullBranch < 0 ? '' : isNull}else next = take${index}(source, start${nullBranch < 0 ? '' : ' + 1'}, target, at)
  if (next < 0) {
    next = plain(${index}, row, out, at)
    target = out.view
  }`
}
