import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { explainCodec } from '../../../schemas/explain-codec.ts'
import { inComment, mayGenerate } from '../../../schemas/generated-code.ts'
import { baseType } from '../../support/column-types.ts'
import { column, testTable } from '../../support/test-table.ts'

const hostile = ['*/ hacked() //', '\nhacked()', '\u2028hacked()', '`${hacked()}`', "');hacked()//"]

function sourcesOf(names: readonly string[]): string {
  const columns = names.map(name => column(name, { ...baseType('int4'), sql: name, name }))
  const table = testTable('any', [column('id', baseType('int8')), ...columns], ['id'])
  return explainCodec(table, 'm.public.any')
    .map(({ source }) => source)
    .join('\n')
}

describe('generated code', () => {
  it('is the same but for comments, however columns and types are called', () => {
    const code = (source: string) => source.replaceAll(/\/\/.*/gu, '//')
    expect(code(sourcesOf(hostile))).toBe(code(sourcesOf(['a', 'b', 'c', 'd', 'e'])))
    expect(sourcesOf(hostile)).toContain('// "\\nhacked()"')
  })

  it('keeps foreign text within one line of printable ASCII', () => {
    for (const text of [...hostile, '\r', '\u0085', '\ud800', 'ü']) {
      expect(inComment(text)).toMatch(/^[\x20-\x7e]*$/)
      expect(JSON.parse(inComment(text))).toBe(text)
    }
  })

  it('is done without where it is forbidden', () => {
    expect(mayGenerate()).toBe(true)
    const script = `
      import { ByteWriter } from './core/byte-writer.ts'
      import { changeDecoder } from './schemas/change-decoder.ts'
      import { keyEncoder } from './schemas/key-encoder.ts'
      import { valueAvroSchema } from './schemas/avro-schemas.ts'
      import { baseType } from './test/support/column-types.ts'
      import { column, testTable } from './test/support/test-table.ts'
      import { slicesOf } from './test/support/text-row.ts'
      const table = testTable('t', [column('id', baseType('int4'))], ['id'])
      const out = new ByteWriter(8)
      keyEncoder(table, 1)(slicesOf(table, { id: '-3' }), out)
      changeDecoder(valueAvroSchema(table, 'm.public.t')).copyRow([0])
      console.log(out.written().toString('hex'))
      try { new Function('') } catch (error) { console.log(error.name) }
    `
    const flags = ['--disallow-code-generation-from-strings', '--import', 'tsx', '--input-type=module']
    const run = spawnSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8' })
    expect(run.stdout).toBe('000000000105\nEvalError\n')
  })
})
