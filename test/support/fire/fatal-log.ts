import type { ConsumerHandler, GroupConsumer, Log, LogWriter } from '../../../kafka/log.ts'
import { stateTopic } from '../../../schemas/topic-names.ts'
import type { KillPoint } from './kill-point.ts'
import { overriding } from './overriding.ts'

/** A log on which the process is killed at a place. */
export function fatalLog(log: Log, point: KillPoint): Log {
  return {
    ...log,
    ensureTopics: topics => point.inside('topics', () => log.ensureTopics(topics)),
    append: records => point.inside('schema', () => log.append(records)),
    writer: async id => fatalWriter(await log.writer(id), point),
    consumer: options => fatalConsumer(log.consumer(options), point),
  }
}

function fatalWriter(writer: LogWriter, point: KillPoint): LogWriter {
  return overriding(writer, {
    async transaction(work) {
      point.reach('transaction:before')
      await writer.transaction(async tx => {
        await work({
          publish: async records => {
            await tx.publish(records)
            point.reach('publish:after')
            // How many others there are depends on the time that passes: they store how far the log is.
            if (records.some(({ topic }) => !topic.endsWith(stateTopic('')))) point.reach('rows:after')
          },
        })
        // The commit is sent as soon as this has returned.
        setImmediate(() => point.reach('commit:during'))
      })
      point.reach('commit:after')
    },
  })
}

function fatalConsumer(consumer: GroupConsumer, point: KillPoint): GroupConsumer {
  return overriding(consumer, {
    run: (handler, signal) => consumer.run(fatalHandler(handler, point), signal),
    commit: offsets => point.inside('offsets', () => consumer.commit(offsets)),
  })
}

function fatalHandler(handler: ConsumerHandler, point: KillPoint): ConsumerHandler {
  return overriding(handler, {
    revoked: partitions => point.inside('revoked', () => handler.revoked(partitions)),
  })
}
