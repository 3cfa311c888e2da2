import { MigrationError } from '../core/errors.ts'
import type { Position } from '../core/position.ts'

/** What a position's token says: where to join the log again, and how much of the next transaction is published already. */
export interface ResumePoint {
  /** End of the last transaction that is published whole: the log is read from here. */
  readonly after: bigint
  /** When that transaction was committed, microseconds since 1970: tells this log from another one with the same positions. Null before the first. */
  readonly committedAtUs: bigint | null
  /** `source.sequence[0]` of the next event: end of the last transaction that had events; null before the first. */
  readonly previousCommit: bigint | null
  /** The transaction that is published in part; null between transactions. */
  readonly partly: PartlyPublished | null
}

export interface PartlyPublished {
  /** Position of its commit, by which it is recognised. */
  readonly commit: bigint
  /** Row and truncate messages of it that are published. */
  readonly messages: number
  /** Events that came of them: the last `total_order`. */
  readonly events: number
}

/** The position of a resume point in the log `lineage`. */
export function positionAt(lineage: string, point: ResumePoint): Position {
  const commit = point.partly?.commit ?? point.after
  const index = point.partly?.messages ?? 0
  return {
    lineage,
    order: `${commit.toString(16).padStart(16, '0')}${index.toString(16).padStart(8, '0')}`,
    token: JSON.stringify({
      after: String(point.after),
      committedAtUs: textOf(point.committedAtUs),
      previousCommit: textOf(point.previousCommit),
      partly: point.partly === null ? null : { ...point.partly, commit: String(point.partly.commit) },
    }),
  }
}

/** The token as `positionAt` wrote it. */
interface Token {
  readonly after: string
  readonly committedAtUs?: string | null
  readonly previousCommit: string | null
  readonly partly: { readonly commit: string; readonly messages: number; readonly events: number } | null
}

/** Reads a position that `positionAt` made. Throws `state.unreadable` for any other. */
export function resumePointOf(position: Position): ResumePoint {
  try {
    // Our own format, guarded by the conversions below, which throw.
    const token = JSON.parse(position.token) as Token
    return {
      after: BigInt(token.after),
      committedAtUs: numberOf(token.committedAtUs ?? null),
      previousCommit: numberOf(token.previousCommit),
      partly: token.partly === null ? null : { ...token.partly, commit: BigInt(token.partly.commit) },
    }
  } catch (cause) {
    throw new MigrationError('state.unreadable', 'the stored position cannot be read', { cause })
  }
}

const textOf = (value: bigint | null): string | null => (value === null ? null : String(value))

const numberOf = (text: string | null): bigint | null => (text === null ? null : BigInt(text))
