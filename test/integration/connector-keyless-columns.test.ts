import { expect, test } from 'vitest'
import type { ChangeStream, SourceConnector } from '../../connectors/source.ts'
import { sleep } from '../../core/time.ts'
import type { StoredState } from '../../schemas/stored-state.ts'
import { connectorBench } from '../support/connector-bench.ts'
import { allCopied, migration, ownRetries, untilState } from '../support/connector-on.ts'
import { Gate } from '../support/gate.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { rowHistory } from '../support/row-history.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const added = 'ALTER TABLE t ADD COLUMN c int; INSERT INTO t VALUES (1, 42)'

test('a column that was added to a table without a key before its scan, and is told after it, keeps its values', async () => {
  const bench = await connectorBench(servers().source, 'CREATE TABLE t (a int); INSERT INTO t VALUES (0)')
  const held = heldSource()
  const connector = bench.start({ around: held.around })
  await held.scan.reached
  await bench.app.query(added)
  held.scan.open()
  if ((await held.scanned) === 'read') await untilState(bench.log, isSettling)
  held.letStream()
  await untilState(bench.log, allCopied(1))
  const rows = (await rowHistory(bench.log, `${migration}.public.t`, null)).filter(line =>
    line.includes('"a":1'),
  )
  expect(rows.filter(line => line.includes('"c":42'))).toHaveLength(1)
  expect(ownRetries(connector)).toEqual([])
})

test('a table without a key that got a column, and to which nothing is written then, is copied all the same', async () => {
  const bench = await connectorBench(servers().source, 'CREATE TABLE t (a int); INSERT INTO t VALUES (0)')
  const held = heldSource()
  held.letStream()
  const connector = bench.start({ around: held.around })
  await held.scan.reached
  await bench.app.query('ALTER TABLE t ADD COLUMN c int DEFAULT 7')
  held.scan.open()
  await untilState(bench.log, allCopied(1))
  const rows = await rowHistory(bench.log, `${migration}.public.t`, null)
  expect(rows.filter(line => line.includes('"a":0,"c":7'))).toHaveLength(1)
  expect(ownRetries(connector)).toMatchObject([{ code: 'source.table_changed' }])
})

function isSettling(state: StoredState): boolean {
  return [...state.snapshots.values()].some(({ progress }) => progress.phase === 'settling')
}

interface HeldSource {
  readonly around: (source: SourceConnector) => SourceConnector
  /** Held until it is opened. */
  readonly scan: Gate
  /** How the first scan ended. */
  readonly scanned: Promise<'read' | 'refused'>
  /** Before it nothing comes out of the log. */
  readonly letStream: () => void
}

function heldSource(): HeldSource {
  const scan = new Gate()
  let streams = false
  let ended: (how: 'read' | 'refused') => void = () => undefined
  const scanned = new Promise<'read' | 'refused'>(resolve => {
    ended = resolve
  })
  const around = (source: SourceConnector): SourceConnector => ({
    ...source,
    stream: async (...parts) => heldStream(await source.stream(...parts), () => streams),
    reader: async signal => {
      const reader = await source.reader(signal)
      return {
        ...reader,
        scan: async (request, inner) => {
          await scan.pass()
          const reading = reader.scan(request, inner)
          reading.then(
            () => ended('read'),
            () => ended('refused'),
          )
          await reading
        },
      }
    },
  })
  return { around, scan, scanned, letStream: () => void (streams = true) }
}

function heldStream(stream: ChangeStream, streams: () => boolean): ChangeStream {
  return {
    next: () => (streams() ? stream.next() : null),
    more: timeoutMs => (streams() ? stream.more(timeoutMs) : sleep(20, new AbortController().signal)),
    acknowledge: through => stream.acknowledge(through),
    get queuedBytes() {
      return stream.queuedBytes
    },
    close: () => stream.close(),
  }
}
