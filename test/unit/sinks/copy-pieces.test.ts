import { expect, test } from 'vitest'
import { handOn, newPiece, pieceBytes } from '../../../sinks/postgres/copy-pieces.ts'

test('the bytes of a piece are used again once they are sent, and not before', () => {
  const piece = newPiece()
  piece.utf8('1\tone\n')
  const sent: { text: string; done: () => void }[] = []
  handOn(piece, (bytes, done) => sent.push({ text: bytes.toString(), done }))
  expect(sent[0]?.text).toBe('1\tone\n')
  const meanwhile = newPiece()
  expect(meanwhile).not.toBe(piece)
  sent[0]?.done()
  const later = newPiece()
  expect(later).toBe(piece)
  expect(later.position).toBe(0)
  expect(newPiece()).not.toBe(piece)
})

test('a piece that grew for a long row is not kept', () => {
  const piece = newPiece()
  piece.all(Buffer.alloc(pieceBytes * 2, 'x'))
  handOn(piece, (_, done) => done())
  expect(newPiece()).not.toBe(piece)
})
