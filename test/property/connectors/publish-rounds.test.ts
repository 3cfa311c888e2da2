import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { publishRounds } from '../../../connectors/publish-rounds.ts'
import type { EncodedRecords } from '../../../kafka/log.ts'
import { partitionId } from '../../../kafka/partition-id.ts'

const maxBytes = 100
const entry = fc.record({
  topic: fc.constantFrom('a', 'b', '1'),
  partition: fc.nat({ max: 3 }),
  size: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 130 })),
})
/** Each is told from all others by its count. */
const entries: fc.Arbitrary<EncodedRecords[]> = fc
  .array(entry, { maxLength: 60 })
  .map(list =>
    list.map(({ size, ...place }, index) => ({ ...place, bytes: Buffer.alloc(size), count: index + 1 })),
  )

function bytesOf(records: readonly EncodedRecords[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes.length, 0)
}

/** What each partition gets, in order. */
function byPartition(records: readonly EncodedRecords[]): ReadonlyMap<string, number[]> {
  const found = new Map<string, number[]>()
  for (const each of records)
    found.set(partitionId(each), [...(found.get(partitionId(each)) ?? []), each.count])
  return found
}

function fullest(records: readonly EncodedRecords[]): number {
  return Math.max(0, ...[...byPartition(records).values()].map(given => given.length))
}

test('each partition gets all its records in order, at most one entry a round, and no round is too large', () => {
  const seen = { shared: 0, several: 0, split: 0, tooLarge: 0 }
  fc.assert(
    fc.property(entries, records => {
      const rounds = publishRounds(records, maxBytes)
      expect(byPartition(rounds.flat())).toEqual(byPartition(records))
      for (const round of rounds) {
        expect(new Set(round.map(partitionId)).size).toBe(round.length)
        expect(round.length === 1 || bytesOf(round) <= maxBytes).toBe(true)
        if (round.length > 1) seen.shared++
        if (bytesOf(round) > maxBytes) seen.tooLarge++
      }
      if (fullest(records) > 1) seen.several++
      if (rounds.length > fullest(records)) seen.split++
    }),
  )
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(10)
})

test('there are no more rounds than the fullest partition needs while they have room', () => {
  let most = 0
  fc.assert(
    fc.property(entries, records => {
      expect(publishRounds(records)).toHaveLength(fullest(records))
      most = Math.max(most, new Set(records.map(partitionId)).size)
    }),
  )
  expect(most).toBeGreaterThan(5)
})
