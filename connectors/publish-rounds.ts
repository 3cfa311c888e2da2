import type { EncodedRecords } from '../kafka/log.ts'
import { partitionId } from '../kafka/partition-id.ts'

/** A round is compressed as a whole, and what goes to one broker must arrive in time over a slow line as well. */
const mostRoundBytes = 16 << 20

interface Round {
  readonly entries: EncodedRecords[]
  bytes: number
}

/**
 * Few lists to be published one after the other, because each costs two requests one after the other, however many partitions
 * it has. The records of a partition keep the order in which they are given; a list has at most one entry of each partition.
 */
export function publishRounds(
  records: Iterable<EncodedRecords>,
  maxBytes = mostRoundBytes,
): EncodedRecords[][] {
  const rounds: Round[] = []
  const behind = new Map<string, number>()
  for (const entry of records) {
    const id = partitionId(entry)
    let index = behind.get(id) ?? 0
    while (!hasRoom(rounds[index], entry, maxBytes)) index++
    const round = (rounds[index] ??= { entries: [], bytes: 0 })
    round.entries.push(entry)
    round.bytes += entry.bytes.length
    behind.set(id, index + 1)
  }
  return rounds.map(round => round.entries)
}

/** What is larger than a round may be has one of its own. */
function hasRoom(round: Round | undefined, entry: EncodedRecords, maxBytes: number): boolean {
  return round === undefined || round.bytes + entry.bytes.length <= maxBytes
}
