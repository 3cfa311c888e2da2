import { ByteWriter } from '../../core/byte-writer.ts'
import type { Log } from '../../kafka/log.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'
import { topicRegistry } from '../../schemas/registry/topic-registry.ts'
import type { SchemaRegistry } from '../../schemas/registry/schema-registry.ts'
import { keyDecoder } from '../../schemas/key-decoder.ts'
import { rowSpans } from '../../schemas/row-reader.ts'
import { referenceType } from './reference-avro.ts'

const frameBytes = 5
const shownText = 120

/** The key of a row: the texts of its columns in the order of the key. */
export type KeyTexts = readonly string[]

/**
 * What a topic tells about rows: every record with one of these keys and every truncate, a line each, by partition and offset:
 * place, time, op, order in the source's log, headers, and the row. Tables without a key: every record.
 */
export async function rowHistory(
  log: Log,
  topic: string,
  keys: readonly KeyTexts[] | null,
): Promise<readonly string[]> {
  const { signal } = new AbortController()
  const reader = new HistoryReader(topicRegistry(log, signal), keys)
  for (const { partition, start } of await log.ranges([topic])) {
    const found: Found[] = []
    const from = { topic, partition, offset: start }
    const take = new RecordCursor()
    await log.readToEnd(
      from,
      batch => {
        take.open(batch)
        while (take.next()) found.push(copied(take, partition, batch.timestampMs))
      },
      signal,
    )
    for (const record of found) await reader.take(record)
  }
  return reader.lines
}

interface Found {
  readonly place: string
  readonly atMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: string
}

function copied(cursor: RecordCursor, partition: number, atMs: number): Found {
  const part = (start: number, end: number) =>
    start < 0 ? null : Buffer.from(cursor.bytes.subarray(start, end))
  const headers = cursor
    .headers()
    .map(([name, value]) => `${name}=${value?.toString('latin1').slice(0, shownText)}`)
  return {
    place: `${partition}@${cursor.offset}`,
    atMs,
    key: part(cursor.keyStart, cursor.keyEnd),
    value: part(cursor.valueStart, cursor.valueEnd),
    headers: headers.join(' '),
  }
}

class HistoryReader {
  readonly lines: string[] = []
  readonly #registry: SchemaRegistry
  readonly #wanted: ReadonlySet<string> | null
  readonly #schemas = new Map<number, unknown>()

  constructor(registry: SchemaRegistry, keys: readonly KeyTexts[] | null) {
    this.#registry = registry
    this.#wanted = keys === null ? null : new Set(keys.map(key => JSON.stringify(key)))
  }

  async take({ place, atMs, key, value, headers }: Found): Promise<void> {
    const name = key === null ? null : JSON.stringify(await this.#key(key))
    if (name !== null && this.#wanted !== null && !this.#wanted.has(name)) return
    const what = value === null ? 'tombstone' : this.#value(await this.#decoded(value))
    const at = new Date(atMs).toISOString().slice(11, 23)
    this.lines.push([place.padEnd(10), at, name ?? '', what, headers].filter(part => part !== '').join('  '))
  }

  async #key(bytes: Buffer): Promise<KeyTexts> {
    const decoder = keyDecoder(await this.#schema(bytes))
    const spans = rowSpans(decoder.columns.length)
    decoder.read(bytes, frameBytes, bytes.length, spans)
    return decoder.columns.map((_, column) => {
      const text = new ByteWriter()
      decoder.text(column, bytes, spans.starts[column] ?? 0, text)
      return Buffer.from(text.written()).toString()
    })
  }

  async #decoded(bytes: Buffer): Promise<Envelope> {
    const schema = await this.#schema(bytes)
    // The envelope is what the reference decoder makes of our own schema.
    return referenceType(schema as object).fromBuffer(bytes.subarray(frameBytes)) as Envelope
  }

  #value({ op, before, after, source, transaction }: Envelope): string {
    const order = `${source.sequence ?? 'snapshot'}#${transaction?.total_order ?? ''} tx ${source.txId ?? ''}`
    return `${op} ${order} ${shown(before)} -> ${shown(after)}`
  }

  async #schema(bytes: Buffer): Promise<unknown> {
    const id = bytes.readInt32BE(1)
    if (!this.#schemas.has(id)) this.#schemas.set(id, await this.#registry.schema(id))
    return this.#schemas.get(id)
  }
}

interface Envelope {
  readonly op: string
  readonly before: unknown
  readonly after: unknown
  readonly source: { readonly sequence: string | null; readonly txId: bigint | null }
  readonly transaction: { readonly total_order: bigint } | null
}

function shown(row: unknown): string {
  const text = JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value)
    return typeof value === 'string' && value.length > shownText
      ? `${value.slice(0, 20)}…${value.length}`
      : value
  })
  return text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text
}
