import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { sealBatch, writeChecksum } from '../../kafka/batch-header.ts'
import { committedBatches } from '../../kafka/committed-batches.ts'
import { openBatch } from '../../kafka/open-batch.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'

const CONTROL = 0x20
const GZIP = 1
/** They write in turns, some inside of transactions. */
const producers = [10, 11, 12]

const write = fc.record({
  kind: fc.constant('write' as const),
  producer: fc.constantFrom(...producers),
  transactional: fc.boolean(),
  /** One record each: whether Kafka's cleaner has left it. */
  kept: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
  /** Whether it has taken the batch as well when no record is left. */
  gone: fc.boolean(),
  zipped: fc.boolean(),
})
const end = fc.record({
  kind: fc.constant('end' as const),
  producer: fc.constantFrom(...producers),
  commit: fc.boolean(),
  /** Whether the cleaner has left nothing of the marker but its header. */
  emptied: fc.boolean(),
})

interface Transaction {
  readonly firstOffset: number
  /** Null while it is open. */
  end: { readonly offset: number; readonly committed: boolean } | null
}

interface Batch {
  readonly bytes: Buffer
  readonly lastOffset: number
  readonly kind: 'data' | 'marker' | 'empty marker'
  readonly transaction: Transaction | null
  /** Those that are left. */
  readonly offsets: readonly number[]
}

type Write = typeof write extends fc.Arbitrary<infer T> ? T : never
type End = typeof end extends fc.Arbitrary<infer T> ? T : never

/** A partition as a broker stores it, with what a test must know of it. */
class Partition {
  readonly batches: Batch[] = []
  readonly aborted: { producerId: bigint; firstOffset: bigint; lastOffset: number }[] = []
  readonly #open = new Map<number, Transaction>()
  end = 0

  write({ producer, transactional, kept, gone, zipped }: Write): void {
    const inside = transactional || this.#open.has(producer)
    const begun: Transaction = { firstOffset: this.end, end: null }
    const transaction = inside ? (this.#open.get(producer) ?? begun) : null
    if (transaction !== null) this.#open.set(producer, transaction)
    const deltas = kept.flatMap((left, delta) => (left ? [delta] : []))
    if (gone && deltas.length === 0) {
      this.end += kept.length
      return
    }
    const plain = Buffer.concat(deltas.map(delta => dataRecord(delta, this.end + delta)))
    const records = { bytes: zipped ? gzipSync(plain) : plain, codec: zipped ? GZIP : 0 }
    const bytes = this.#sealed({ ...records, count: deltas.length }, producer, inside, kept.length)
    const offsets = deltas.map(delta => this.end + delta)
    this.#store({ bytes, kind: 'data', transaction, offsets }, kept.length)
  }

  finish({ producer, commit, emptied }: Omit<End, 'kind'>): void {
    const transaction = this.#open.get(producer)
    if (transaction === undefined) return
    this.#open.delete(producer)
    transaction.end = { offset: this.end, committed: commit }
    if (!commit) {
      const firstOffset = BigInt(transaction.firstOffset)
      this.aborted.push({ producerId: BigInt(producer), firstOffset, lastOffset: this.end })
    }
    const marker = emptied ? Buffer.alloc(0) : markerRecord(commit ? 1 : 0)
    const bytes = this.#sealed({ bytes: marker, codec: 0, count: emptied ? 0 : 1 }, producer, true, 1)
    bytes.writeInt16BE(bytes.readInt16BE(21) | CONTROL, 21)
    writeChecksum(bytes, Buffer.alloc(0))
    this.#store({ bytes, kind: emptied ? 'empty marker' : 'marker', transaction, offsets: [] }, 1)
  }

  #sealed(
    records: { bytes: Buffer; count: number; codec: number },
    producer: number,
    transactional: boolean,
    taken: number,
  ): Buffer {
    const by = { producerId: BigInt(producer), epoch: 0, firstSequence: 0, transactional }
    const header = sealBatch({ topic: 't', partition: 0, ...records }, by, 1)
    header.writeBigInt64BE(BigInt(this.end), 0)
    // What the cleaner takes out leaves the batch's last offset as it was.
    header.writeInt32BE(taken - 1, 23)
    writeChecksum(header, records.bytes)
    return Buffer.concat([header, records.bytes])
  }

  #store(batch: Omit<Batch, 'lastOffset'>, taken: number): void {
    this.end += taken
    this.batches.push({ ...batch, lastOffset: this.end - 1 })
  }
}

/** In the end no transaction is open. */
function partitionAfter(operations: readonly (Write | End)[]): Partition {
  const partition = new Partition()
  for (const operation of operations)
    if (operation.kind === 'write') partition.write(operation)
    else partition.finish(operation)
  for (const producer of producers) partition.finish({ producer, commit: true, emptied: false })
  return partition
}

/** A record that has its own offset as its value. All lengths take one byte. */
function dataRecord(delta: number, offset: number): Buffer {
  const value = Buffer.from(String(offset))
  const rest = Buffer.from([0, 0, delta * 2, 1, value.length * 2, ...value, 0])
  return Buffer.concat([Buffer.from([rest.length * 2]), rest])
}

/** A key of version 0 and the type, and a value of version 0 and an epoch. */
function markerRecord(type: 0 | 1): Buffer {
  return Buffer.from([32, 0, 0, 0, 8, 0, 0, 0, type, 12, 0, 0, 0, 0, 0, 0, 0])
}

/** What is read: pairs of offset and value. */
function read(batches: ReturnType<typeof committedBatches>['batches']): [number, string][] {
  const cursor = new RecordCursor()
  const found: [number, string][] = []
  for (const batch of batches) {
    cursor.open(openBatch(batch))
    while (cursor.next())
      found.push([Number(cursor.offset), cursor.bytes.toString('utf8', cursor.valueStart, cursor.valueEnd)])
  }
  return found
}

/** An answer to a fetch from `wanted`, cut anywhere, and what a reader must find in it. */
function answerFrom(partition: Partition, wanted: number, cutAt: number) {
  const answered = partition.batches.filter(({ lastOffset }) => lastOffset >= wanted)
  const cut = Math.round(lengthOf(answered) * cutAt)
  const whole = answered.filter((_, n) => lengthOf(answered.slice(0, n + 1)) <= cut)
  const visible = whole.filter(({ transaction }) => transaction?.end?.committed ?? true)
  const answer = {
    topic: 't',
    partition: 0,
    fetchOffset: BigInt(wanted),
    aborted: partition.aborted.filter(({ lastOffset }) => lastOffset >= wanted),
    records: Buffer.concat(answered.map(({ bytes }) => bytes)).subarray(0, cut),
  }
  return {
    answer,
    whole,
    offsets: visible.flatMap(batch => batch.offsets).filter(offset => offset >= wanted),
    nextOffset: BigInt((whole.at(-1)?.lastOffset ?? wanted - 1) + 1),
    cutInside: lengthOf(whole) < cut,
  }
}

/** The interesting cases that an answer holds. */
function casesOf({ whole, offsets, cutInside, answer }: ReturnType<typeof answerFrom>): string[] {
  const cases: Record<string, boolean> = {
    'a batch cut in its middle': cutInside,
    'a batch without records': whole.some(({ kind, offsets: left }) => kind === 'data' && left.length === 0),
    'a beginning in the middle of a batch': whole.some(batch => beginsWithin(batch, answer.fetchOffset)),
    'aborted records among committed ones': offsets.length > 0 && whole.some(isAborted),
    'an empty marker at the end': whole.at(-1)?.kind === 'empty marker',
    'an empty marker of an aborted transaction': whole.some(isEmptyAbort),
  }
  return Object.keys(cases).filter(name => cases[name])
}

const lengthOf = (batches: readonly Batch[]) => batches.reduce((sum, { bytes }) => sum + bytes.length, 0)
const beginsWithin = ({ offsets }: Batch, wanted: bigint) =>
  offsets.some(offset => offset < wanted) && offsets.some(offset => offset >= wanted)
const isAborted = ({ transaction, offsets }: Batch) =>
  transaction?.end?.committed === false && offsets.length > 0
const isEmptyAbort = ({ kind, transaction }: Batch) =>
  kind === 'empty marker' && transaction?.end?.committed === false

test('of any answer the committed records from the wanted offset on are read, and nothing else', () => {
  const reached = new Set<string>()
  const history = fc.array(fc.oneof({ weight: 2, arbitrary: write }, end), { minLength: 1, maxLength: 25 })
  const share = fc.integer({ min: 0, max: 1_000 }).map(thousandths => thousandths / 1_000)
  fc.assert(
    fc.property(history, share, fc.option(share, { nil: 1 }), (operations, from, cutAt) => {
      const partition = partitionAfter(operations)
      const wanted = Math.round(partition.end * from)
      const expected = answerFrom(partition, wanted, cutAt)
      const { batches, nextOffset } = committedBatches(expected.answer)
      expect(read(batches)).toEqual(expected.offsets.map(offset => [offset, String(offset)]))
      expect(nextOffset).toBe(expected.nextOffset)
      const borders = [BigInt(wanted), ...batches.map(batch => batch.nextOffset)]
      expect(batches.map(({ since }) => since)).toEqual(borders.slice(0, -1))
      expect(borders.at(-1)).toBe(batches.length > 0 ? nextOffset : BigInt(wanted))
      for (const found of casesOf(expected)) reached.add(found)
    }),
    { numRuns: 1_000 },
  )
  expect([...reached].toSorted()).toEqual([
    'a batch cut in its middle',
    'a batch without records',
    'a beginning in the middle of a batch',
    'aborted records among committed ones',
    'an empty marker at the end',
    'an empty marker of an aborted transaction',
  ])
})
