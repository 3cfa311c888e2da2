import { appendRecords } from './append-records.ts'
import { deleteGroups } from './kafka-groups.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { deleteTopics, ensureTopics, topicNames } from './kafka-topics.ts'
import { Brokers } from './kafkajs/brokers.ts'
import { KafkaConsumer } from './kafka-consumer.ts'
import type { Log } from './log.ts'
import { partitionRanges } from './partition-ranges.ts'
import { patiently } from './patience.ts'
import { readToEnd } from './read-to-end.ts'
import { TransactionalWriter } from './transactional-writer.ts'

/** The log on Kafka. It connects when it is first used. */
export function openKafkaLog(options: KafkaOptions): Log {
  const brokers = new Brokers(options)
  const closing = new AbortController()
  const { signal } = closing
  return {
    ensureTopics: topics => ensureTopics(brokers, topics, signal),
    deleteTopics: topics => deleteTopics(brokers, topics, signal),
    deleteGroups: groups => deleteGroups(brokers, groups, signal),
    topics: async prefix =>
      (await topicNames(brokers, signal)).filter(topic => topic.startsWith(prefix)).sort(),
    ranges: topic => patiently(`Looking at ${topic}`, () => partitionRanges(brokers, topic, true), signal),
    writer: transactionalId => TransactionalWriter.open(new Brokers(options), transactionalId),
    append: records => appendRecords(brokers, records),
    readToEnd: (from, deliver, reading) =>
      readToEnd(brokers, from, deliver, AbortSignal.any([reading, signal])),
    consumer: consumerOptions => new KafkaConsumer(() => new Brokers(options), consumerOptions),
    close: async () => {
      closing.abort()
      brokers.close()
    },
  }
}
