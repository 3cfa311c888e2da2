import type { Position } from '../../../core/position.ts'
import { cancellable } from '../../../databases/postgres/cancellable.ts'
import { closeSession } from '../../../databases/postgres/close-session.ts'
import { connect } from '../../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../../databases/postgres/connection-options.ts'
import { openCopyBoth } from '../../../databases/postgres/copy-both.ts'
import { quoteIdentifier, quoteLiteral } from '../../../databases/postgres/quote.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { resumePointOf } from '../../resume-point.ts'
import type { ChangeStream } from '../../source.ts'
import { formatLsn } from '../lsn.ts'
import type { ObjectNames } from '../object-names.ts'
import { readUnknown } from './column-numbers.ts'
import { pluginOptions } from './plugin-options.ts'
import { PostgresStream } from './postgres-stream.ts'
import { slotError } from './slot-error.ts'

export interface StreamSource {
  readonly connection: ConnectionOptions
  readonly names: ObjectNames
}

const maxQueuedBytes = 16 << 20

/**
 * Follows the log behind `from`, until the signal aborts. Throws `source.slot_in_use` while another session reads the slot, `source.log_lost` when
 * slot or log are gone.
 */
export async function openStream(
  source: StreamSource,
  from: Position,
  tables: readonly TableSchema[],
  signal: AbortSignal,
): Promise<ChangeStream> {
  const { after, partly } = resumePointOf(from)
  const { connection } = source
  const seen = await readUnknown(connection, tables, signal)
  const client = await connect({ ...connection, replication: true }, signal)
  try {
    const sql = startReplication(source.names, after)
    const copy = await cancellable(client, signal, () =>
      openCopyBoth(client, { sql, doing: 'follow the log', maxQueuedBytes }),
    )
    return new PostgresStream(copy, {
      connection,
      tables,
      seen,
      after,
      partly: partly?.commit ?? null,
      signal,
    })
  } catch (error) {
    await closeSession(client)
    throw slotError(error, source.names.slot)
  }
}

function startReplication(names: ObjectNames, after: bigint): string {
  const options = pluginOptions(names)
    .map(([name, value]) => `${name} ${quoteLiteral(value)}`)
    .join(', ')
  return `START_REPLICATION SLOT ${quoteIdentifier(names.slot)} LOGICAL ${formatLsn(after)} (${options})`
}
