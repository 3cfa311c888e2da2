import type { Duplex } from 'node:stream'
import type { Client } from 'pg'
import type { MigrationError } from '../../core/errors.ts'
import {
  copyDataHeader,
  copyDoneMessage,
  copyFailMessage,
  queryMessage,
} from '../../databases/postgres/client-message.ts'
import { type Exchange, exchange } from '../../databases/postgres/exchange.ts'
import { serverMessage } from '../../databases/postgres/server-message.ts'
import type { EmitPiece } from './copy-pieces.ts'

/** One SQL statement of a script. */
export interface Statement {
  readonly sql: string
  /** For `COPY … FROM STDIN`: hands the rows over, in COPY's text format. */
  readonly rows?: (emit: EmitPiece) => void
  readonly expect?: {
    /** How many rows the statement must affect. */
    readonly rows: number
    readonly otherwise: () => MigrationError
  }
}

/**
 * Runs statements in one round trip, and one more for each COPY. The first that fails ends the script. An expectation
 * that is not met stops the script only at its next COPY: no COMMIT may follow it without one in between.
 */
export async function runScript(
  client: Client,
  doing: string,
  statements: readonly Statement[],
): Promise<void> {
  const script = new Script(doing, statements)
  try {
    await exchange(client, script)
  } catch (error) {
    throw script.failure === null ? error : script.failure.error
  }
  if (script.failure !== null) throw script.failure.error
}

class Script implements Exchange {
  readonly doing: string
  failure: { readonly error: unknown } | null = null
  readonly #statements: readonly Statement[]
  #socket: Duplex | null = null
  #at = 0

  constructor(doing: string, statements: readonly Statement[]) {
    this.doing = doing
    this.#statements = statements
  }

  start(socket: Duplex): void {
    this.#socket = socket
    socket.write(queryMessage(this.#statements.map(statement => statement.sql).join(';\n')))
  }

  message(type: number, buffer: Buffer, start: number, end: number): void {
    if (type === serverMessage.copyInResponse) this.#copy()
    else if (type === serverMessage.commandComplete)
      this.#completed(buffer.toString('latin1', start, end - 1))
  }

  #completed(tag: string): void {
    const expect = this.#statements[this.#at++]?.expect
    if (expect === undefined || Number(tag.split(' ').at(-1)) === expect.rows) return
    this.failure ??= { error: expect.otherwise() }
  }

  #copy(): void {
    const socket = this.#socket
    if (socket === null) return
    const emit: EmitPiece = (piece, done) => {
      socket.cork()
      socket.write(copyDataHeader(piece.length))
      // What failed may be on its way still.
      socket.write(piece, error => {
        if (!error) done()
      })
      socket.uncork()
    }
    try {
      if (this.failure === null) this.#statements[this.#at]?.rows?.(emit)
    } catch (error) {
      this.failure = { error }
    }
    socket.write(this.failure === null ? copyDoneMessage() : copyFailMessage('stopped by the client'))
  }
}
