import { ByteWriter } from '../../core/byte-writer.ts'

/**
 * Takes some rows in COPY's text format. Their bytes are used again when `done` is called, which says that nobody reads them any
 * more: once, or never.
 */
export type EmitPiece = (piece: Buffer, done: () => void) => void

/** A piece that has so much is handed on. */
export const pieceBytes = 128 << 10
/** A row more, as a rule. */
const roomBytes = pieceBytes + (pieceBytes >> 3)

/** As many as two batches are made of; more would only be memory. */
const mostSpare = 64
const spare: ByteWriter[] = []

/** An empty piece to write rows into. */
export function newPiece(): ByteWriter {
  return spare.pop() ?? new ByteWriter(roomBytes)
}

/** Hands a piece on. The writer is the taker's from then on. */
export function handOn(piece: ByteWriter, emit: EmitPiece): void {
  emit(piece.written(), () => {
    // One that grew is for rows of a size that is rare.
    if (spare.length === mostSpare || piece.buffer.length !== roomBytes) return
    piece.position = 0
    spare.push(piece)
  })
}
