import type { GroupConsumer, Log } from '../../kafka/log.ts'
import { uniqueName } from './log-subject.ts'
import { RecordingHandler } from './recording-handler.ts'

export interface Running {
  readonly handler: RecordingHandler
  readonly consumer: GroupConsumer
  readonly groupId: string
  readonly done: Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts a consumer with a handler that notes everything. `stop` ends it; `done` rejects when it fails. */
export function consume(
  log: Log,
  topics: string[],
  prepare?: (handler: RecordingHandler) => void,
  groupId = uniqueName('group'),
): Running {
  const handler = new RecordingHandler()
  prepare?.(handler)
  const stopping = new AbortController()
  const consumer = log.consumer({ groupId, topics, maxBytes: 8 << 20 })
  const done = consumer.run(handler, stopping.signal)
  done.catch(() => undefined)
  const stop = async () => {
    stopping.abort()
    await done
  }
  return { handler, consumer, groupId, done, stop }
}

const nothing = (): void => undefined

/** A promise that is resolved from outside. */
export function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = nothing
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}
