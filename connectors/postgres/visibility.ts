import { MigrationError } from '../../core/errors.ts'
import type { Visibility } from '../source.ts'

const halfRange = 1n << 31n
const range = 1n << 32n

/** Reads what `pg_current_snapshot()` prints: `xmin:xmax:xip,xip`. Throws `state.unreadable` for any other text. */
export function parseVisibility(text: string): Visibility {
  if (!/^\d+:\d+:(\d+(,\d+)*)?$/.test(text))
    throw new MigrationError('state.unreadable', `"${text}" is not a snapshot`)
  const [xminText = '', xmaxText = '', running = ''] = text.split(':')
  const xmin = BigInt(xminText)
  const xmax = BigInt(xmaxText)
  const inProgress = new Set(running === '' ? [] : running.split(',').map(BigInt))
  return {
    text,
    xmin,
    xmax,
    sees: id => id < xmin || (id < xmax && !inProgress.has(id)),
    widen: id => widen(id, xmax),
  }
}

/** The 64-bit transaction id whose lower half is `id`, within 2^31 of `near`. */
function widen(id: number, near: bigint): bigint {
  const candidate = (near & ~(range - 1n)) | BigInt(id)
  if (candidate > near + halfRange && candidate >= range) return candidate - range
  if (candidate + halfRange < near) return candidate + range
  return candidate
}
