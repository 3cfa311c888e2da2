import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { allEntries } from '../../../sinks/compact.ts'
import type { TableBatch } from '../../../sinks/table-batch.ts'
import { CopyTextWriter } from '../../../sinks/postgres/copy-text.ts'
import { collectGarbage } from '../../support/collect-garbage.ts'
import { baseType } from '../../support/column-types.ts'
import { tableBatchOf } from '../../support/table-batch-of.ts'
import { column, testTable } from '../../support/test-table.ts'

const notes = testTable('notes', [column('id', baseType('int4')), column('note', baseType('text'))], ['id'])

async function writerAndBatch(note: string) {
  const batch = await tableBatchOf(notes, [{ op: 'c', row: { id: '1', note } }])
  return { writer: new CopyTextWriter(batch.version.decoder, [0, 1], ['first']), batch }
}

function textOf(writer: CopyTextWriter, batch: TableBatch): string {
  const pieces: string[] = []
  writer.write(batch, allEntries(batch), null, (piece, done) => {
    pieces.push(piece.toString())
    done()
  })
  return pieces.join('')
}

interface Kept {
  readonly writer: CopyTextWriter
  readonly batch: WeakRef<TableBatch>
  readonly bytes: WeakRef<ArrayBufferLike>
}

async function writeOnce(write: (writer: CopyTextWriter, batch: TableBatch) => void): Promise<Kept> {
  const { writer, batch } = await writerAndBatch('x'.repeat(10_000))
  write(writer, batch)
  return { writer, batch: new WeakRef(batch), bytes: new WeakRef(batch.bytesOf(0).buffer) }
}

function writeInVain(writer: CopyTextWriter, batch: TableBatch): void {
  const fail = () => {
    throw new Error('the connection is gone')
  }
  expect(() => {
    writer.write(batch, allEntries(batch), null, fail)
  }).toThrow('the connection is gone')
}

test.each([
  ['a write', textOf],
  ['a write that fails', writeInVain],
])('the writer of a table keeps nothing of its last batch after %s', async (_, write) => {
  const kept: Kept[] = []
  for (let table = 0; table < 4; table++) kept.push(await writeOnce(write))
  // What a WeakRef was made of lives until the turn ends.
  await setImmediate()
  collectGarbage()
  // Some code keeps the bytes that were used last, once for all tables.
  const pinned = kept.slice(0, -1).map(({ batch, bytes }) => ({
    batch: batch.deref() !== undefined,
    bytes: bytes.deref() !== undefined,
  }))
  expect(pinned).toEqual(pinned.map(() => ({ batch: false, bytes: false })))
  expect(kept.map(({ writer }) => writer)).toHaveLength(4)
})

test('a writer writes one batch after the other', async () => {
  const { writer, batch } = await writerAndBatch('one')
  expect([textOf(writer, batch), textOf(writer, batch)]).toEqual(['first\t1\tone\n', 'first\t1\tone\n'])
})
