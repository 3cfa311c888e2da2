import { appendRecords } from './append-records.ts'
import { deleteGroups, dismissMembers } from './kafka-groups.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { ensureTopics } from './ensure-topics.ts'
import { deleteTopics, topicIds, topicNames } from './kafka-topics.ts'
import { Brokers } from './kafkajs/brokers.ts'
import { MemberConsumer } from './group-consumer.ts'
import type { ConsumerSession } from './group-consumer.ts'
import { kafkaFetchSource } from './kafka-fetch-source.ts'
import { KafkaMembership } from './kafka-membership.ts'
import { KafkaProducerSession } from './kafka-producer-session.ts'
import type { ConsumerOptions, Log, LogWriter } from './log.ts'
import { partitionRanges } from './partition-ranges.ts'
import { patiently } from './patience.ts'
import { readToEnd } from './read-to-end.ts'
import { TransactionalWriter } from './transactional-writer.ts'
import { untilEither } from '../core/until-either.ts'

/** The log on Kafka. It connects when it is first used. */
export function openKafkaLog(options: KafkaOptions): Log {
  const brokers = new Brokers(options)
  const source = kafkaFetchSource(brokers)
  const closing = new AbortController()
  const { signal } = closing
  return {
    ensureTopics: topics => ensureTopics(brokers, topics, signal),
    deleteTopics: topics => deleteTopics(brokers, topics, signal),
    deleteGroups: groups => deleteGroups(brokers, groups, signal),
    dismissMembers: group => dismissMembers(brokers, group, signal),
    topics: async prefix =>
      (await topicNames(brokers, signal)).filter(topic => topic.startsWith(prefix)).toSorted(),
    ranges: topics => patiently('Looking at topics', () => partitionRanges(brokers, topics, true), signal),
    topicIds: topics => patiently('Looking at topics', () => topicIds(brokers, topics), signal),
    writer: transactionalId => openWriter(options, transactionalId),
    append: records => appendRecords(brokers, records),
    readToEnd: (from, deliver, reading) =>
      untilEither([reading, signal], either => readToEnd(source, from, deliver, either)),
    consumer: consumerOptions =>
      new MemberConsumer(() => openMember(options, consumerOptions), consumerOptions),
    close: async () => {
      closing.abort()
      brokers.close()
    },
  }
}

async function openWriter(options: KafkaOptions, transactionalId: string): Promise<LogWriter> {
  const session = new KafkaProducerSession(new Brokers(options), transactionalId)
  try {
    await session.begin()
  } catch (error) {
    session.close()
    throw error
  }
  return new TransactionalWriter(session, options.compression ?? 'none')
}

function openMember(options: KafkaOptions, consumerOptions: ConsumerOptions): ConsumerSession {
  const brokers = new Brokers(options)
  const membership = new KafkaMembership(brokers, () => new Brokers(options), consumerOptions)
  return { membership, source: kafkaFetchSource(brokers) }
}
