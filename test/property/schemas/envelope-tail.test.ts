import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ByteWriter } from '../../../core/byte-writer.ts'
import type { Change, ChangeOrigin } from '../../../schemas/change.ts'
import { EnvelopeTail } from '../../../schemas/envelope-tail.ts'

const identity = {
  version: '1.2.3',
  name: 'shop',
  database: 'größe',
  table: { schema: 'public', name: 'orders' },
}

const bigUint = (max: bigint) => fc.bigInt({ min: 0n, max })
const time = bigUint(4n * 10n ** 15n)

const origins: fc.Arbitrary<ChangeOrigin> = fc
  .record({
    snapshot: fc.boolean(),
    committedAtUs: time,
    transactionId: fc.option(fc.nat(2 ** 32 - 1)),
    previousCommit: fc.option(bigUint(2n ** 53n - 1n)),
  })
  .map(origin => (origin.snapshot ? { ...origin, transactionId: null, previousCommit: null } : origin))

const changes = fc
  .tuple(fc.array(origins, { minLength: 1, maxLength: 3 }), fc.array(time, { minLength: 1, maxLength: 2 }))
  .chain(([choice, times]) =>
    fc.array(
      fc.record({
        op: fc.constantFrom('c', 'd', 'r', 't', 'u' as const),
        origin: fc.constantFrom(...choice),
        lsn: fc.oneof(fc.constantFrom(0n, 1n, 99n, 100n), bigUint(2n ** 53n - 1n)),
        totalOrder: fc.nat(),
        collectionOrder: fc.nat(),
        seenAtUs: fc.constantFrom(...times),
      }),
      { minLength: 2, maxLength: 12 },
    ),
  )

function written(tail: EnvelopeTail, change: Change): string {
  const out = new ByteWriter(1)
  out.utf8('before')
  tail.write(change, out)
  return out.written().toString('latin1')
}

it('what follows the rows of an envelope is the same from a table that has written others before', () => {
  let sameOrigin = 0
  let bothKinds = 0
  fc.assert(
    fc.property(changes, some => {
      const kept = new EnvelopeTail(identity)
      for (const [index, parts] of some.entries()) {
        const change: Change = { ...parts, before: null, beforeIsKey: false, after: null }
        expect(written(kept, change)).toBe(written(new EnvelopeTail(identity), change))
        if (some[index - 1]?.origin === parts.origin) sameOrigin++
      }
      if (new Set(some.map(({ origin }) => origin.snapshot)).size === 2) bothKinds++
    }),
    { endOnFailure: true },
  )
  expect(sameOrigin).toBeGreaterThan(50)
  expect(bothKinds).toBeGreaterThan(10)
})
