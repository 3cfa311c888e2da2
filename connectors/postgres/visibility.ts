import { MigrationError } from '../../core/errors.ts'
import type { Visibility } from '../source.ts'

/** Reads what `pg_current_snapshot()` gives: `xmin:xmax:xip,xip,…`. Throws `state.unreadable` for any other text. */
export function parseVisibility(text: string): Visibility {
  const match = /^(\d+):(\d+):((?:\d+(?:,\d+)*)?)$/.exec(text)
  if (match === null) throw new MigrationError('state.unreadable', `"${text}" is not a snapshot`)
  const xmin = BigInt(match[1] ?? 0)
  const xmax = BigInt(match[2] ?? 0)
  const running = new Set((match[3] ?? '').split(',').filter(Boolean).map(BigInt))
  return {
    text,
    xmin,
    xmax,
    sees: id => id < xmin || (id < xmax && !running.has(id)),
    widen: id => xmax + BigInt.asIntN(32, BigInt(id) - xmax),
  }
}
