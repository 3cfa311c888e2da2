/** The log's port: all that Switchback needs of Kafka. Errors are MigrationErrors of the `kafka.*` codes. */

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface TopicSpec {
  readonly topic: string
  readonly partitions: number
  readonly replication: number
  /** True: compacted, kept for ever. False: deleted by the retention in `config`. */
  readonly compacted: boolean
  /** Further topic settings, such as `retention.ms` and `max.message.bytes`. */
  readonly config: Readonly<Record<string, string>>
}

/** What one partition holds. */
export interface PartitionRange extends TopicPartition {
  /** The first offset that is there. */
  readonly start: bigint
  /** Up to where transactions have ended: what lies before can be read. */
  readonly end: bigint
  /**
   * Up to where anything was written. One transaction ends in its partitions one after the other: what is committed may lie between
   * `end` and here, although its record in another partition can be read already.
   */
  readonly written: bigint
}

/** Records for one partition in Kafka's record batch format (magic 2), without the 61 bytes of the batch header. */
export interface EncodedRecords extends TopicPartition {
  readonly bytes: Buffer
  readonly count: number
  /** How `bytes` are compressed, by the number that a batch's header has for it. Absent: not at all. */
  readonly codec?: number
}

/** One fetched record batch, still encoded; committed data only. `records` iterates it without copying. */
export interface FetchedBatch extends TopicPartition {
  readonly baseOffset: bigint
  /** Where the delivery goes on: the batch before it ended here, or the reader asked to begin here. */
  readonly since: bigint
  /** Where to go on after this batch has been applied. */
  readonly nextOffset: bigint
  /** Records begin at `start` and end before `end`. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly count: number
  /** When the batch was written by the broker's clock, milliseconds since 1970; by the producer's in topics that somebody else made. */
  readonly timestampMs: number
}

export interface LogTransaction {
  /**
   * Appends records, at most one entry per partition and call; a second call appends after the first. The buffers may
   * be reused once the promise has resolved.
   */
  publish(records: readonly EncodedRecords[]): Promise<void>
}

/** A transactional producer. Opening a second one with the same id fences this one: its next call fails with `kafka.fenced`. */
export interface LogWriter {
  /**
   * Runs `work`, then commits; aborts when `work` throws. After a resolve the records are durable and visible, all or none. After a
   * reject there is no other one before `settle`: it fails with `kafka.failed`.
   */
  transaction(work: (tx: LogTransaction) => Promise<void>): Promise<void>
  /**
   * To be awaited after a `transaction` rejected, before state is read back: an outage can hide whether Kafka committed.
   * When this resolves, the transaction is visible as a whole or will never be, and the writer can go on. Rejects with
   * `kafka.unreachable` while that cannot be found out, and with `kafka.fenced` when another writer has taken over, whether
   * a transaction was left or not.
   */
  settle(): Promise<void>
  close(): Promise<void>
}

export interface Starting extends TopicPartition {
  readonly offset: bigint
}

/** What a group member does with its partitions. Calls never overlap, except that `batch` may be waiting when `revoked` comes. */
export interface ConsumerHandler {
  /** Says where to begin; called before any batch of these partitions is delivered. Offsets stored with the group are not used. */
  assigned(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<readonly Starting[]>
  /**
   * These partitions are being given up: drop what is not applied. The group waits with dealing them out until this has
   * resolved. Also called before leaving, and after a failure.
   */
  revoked(partitions: readonly TopicPartition[]): Promise<void>
  /** Takes a batch; the next one is fetched meanwhile, but delivered only after this resolved (back-pressure). */
  batch(batch: FetchedBatch): Promise<void>
}

/** A member of a consumer group. */
export interface GroupConsumer {
  /** Joins, and delivers batches until the signal aborts, then leaves the group. Rejects with `kafka.offset_lost` when a start is gone. */
  run(handler: ConsumerHandler, signal: AbortSignal): Promise<void>
  /**
   * Stops and resumes delivery of single partitions. A resumed partition continues after the last delivered batch. A
   * pause may come as early as in `assigned`, and ends when the partition is revoked.
   */
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Delivers a partition again from this offset. */
  seek(to: Starting): void
  /**
   * Up to where it was found that no records lie behind an offset that delivery has reached or that was given here before: Kafka's
   * marks of transactions take up offsets. The offset itself where that is not known.
   */
  emptyTo(from: Starting): bigint
  /** For lag tools only: the truth is in the target. */
  commit(offsets: readonly Starting[]): Promise<void>
}

export interface ConsumerOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  /** Upper bound for one fetch over all partitions. */
  readonly maxBytes: number
}

export interface Log {
  /** Creates what is missing. An existing topic with another number of partitions or cleanup policy is `kafka.topic_mismatch`. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  /** Names of the existing topics that begin with `prefix`. */
  topics(prefix: string): Promise<readonly string[]>
  /** All partitions of these topics, in the order of the topics and of the partitions. Costs about the same for many topics as for one. */
  ranges(topics: readonly string[]): Promise<readonly PartitionRange[]>
  /**
   * What tells a topic from one of the same name that was made after it was deleted, by topic. Left out is what there is not, and
   * everything where Kafka does not tell (before 2.8).
   */
  topicIds(topics: readonly string[]): Promise<ReadonlyMap<string, string>>
  deleteTopics(topics: readonly string[]): Promise<void>
  /** Gives those that there were. Waits for members that were killed until they are missed. */
  deleteGroups(groups: readonly string[]): Promise<readonly string[]>
  /**
   * Makes all members leave a group, so that nobody waits for those that are dead, and gives how many there were. One that
   * lives joins again by itself.
   */
  dismissMembers(group: string): Promise<number>
  /** Opens a transactional producer and fences every older one with this id. */
  writer(transactionalId: string): Promise<LogWriter>
  /**
   * Appends without a transaction, acknowledged by all replicas. Returns the offset of the first record. After
   * `kafka.unreachable` the records may be there or not: trying again may append them twice.
   */
  append(records: EncodedRecords): Promise<bigint>
  /**
   * Reads one partition from an offset up to the end it has when called, then returns that end: all of a compacted
   * topic, or what came since the last call. Rejects with `kafka.offset_lost` when the offset is outside of what the
   * partition has: retention took it, or the topic was deleted and made again.
   */
  readToEnd(from: Starting, deliver: (batch: FetchedBatch) => void, signal: AbortSignal): Promise<bigint>
  consumer(options: ConsumerOptions): GroupConsumer
  close(): Promise<void>
}
