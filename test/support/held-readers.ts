import { untilAborted } from '../../core/until-aborted.ts'
import type { SourceConnector, Visibility } from '../../connectors/source.ts'

export interface HeldReaders {
  /** Stands around a source: no chunk is read before `release`. */
  readonly around: (source: SourceConnector) => SourceConnector
  readonly release: () => void
  /** What the chunks have seen. */
  readonly snapshots: readonly Visibility[]
}

export function heldReaders(): HeldReaders {
  const snapshots: Visibility[] = []
  let release = () => undefined as void
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  const around = (source: SourceConnector): SourceConnector => ({
    ...source,
    reader: async signal => {
      const reader = await source.reader(signal)
      return {
        ...reader,
        read: async (request, inner) => {
          await Promise.race([released, untilAborted(inner)])
          inner.throwIfAborted()
          const open = (visibility: Visibility) => {
            snapshots.push(visibility)
            request.open(visibility)
          }
          return reader.read({ ...request, open }, inner)
        },
      }
    },
  })
  return { around, release, snapshots }
}
