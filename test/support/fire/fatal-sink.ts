import type { Sink, SinkWriter } from '../../../sinks/sink.ts'
import type { KillPoint } from './kill-point.ts'
import { overriding } from './overriding.ts'

/** A target at which the process is killed at a place. */
export function fatalSink(sink: Sink, point: KillPoint): Sink {
  return overriding(sink, {
    ensureTables: tables => point.inside('tables', () => sink.ensureTables(tables)),
    claim: partitions => point.inside('claim', () => sink.claim(partitions)),
    openWriter: owner => fatalWriter(sink.openWriter(owner), point),
  })
}

function fatalWriter(writer: SinkWriter, point: KillPoint): SinkWriter {
  return overriding(writer, {
    apply: (batch, onConflict) => point.inside('apply', () => writer.apply(batch, onConflict)),
    truncate: arrival => point.inside('truncate', () => writer.truncate(arrival)),
  })
}
