interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

/** Every metric of every process, by its name in Prometheus. `migration` is added to all of them. */
export const metrics = {
  switchback_snapshot_rows_total: { type: 'counter', help: 'Snapshot rows published.', labels: ['table'] },
  switchback_snapshot_chunks_total: { type: 'counter', help: 'Chunks finished.', labels: ['table'] },
  switchback_snapshot_rows_dropped_total: {
    type: 'counter',
    help: 'Snapshot rows dropped because a newer event of the same key was published.',
    labels: ['table'],
  },
  switchback_events_total: { type: 'counter', help: 'Events published from the log.', labels: [] },
  switchback_published_bytes_total: {
    type: 'counter',
    help: 'Bytes of records published to Kafka.',
    labels: [],
  },
  switchback_oversize_events_total: {
    type: 'counter',
    help: 'Events larger than kafka.maxRecordBytes, parked by the connector.',
    labels: ['table'],
  },
  switchback_publish_seconds: {
    type: 'histogram',
    help: 'Duration of one Kafka transaction.',
    labels: [],
  },
  switchback_source_lag_bytes: {
    type: 'gauge',
    help: 'Bytes of the source log written but not yet published.',
    labels: [],
  },
  switchback_applied_events_total: {
    type: 'counter',
    help: 'Events applied to the target, snapshot rows included.',
    labels: ['target'],
  },
  switchback_applied_bytes_total: { type: 'counter', help: 'Bytes of applied records.', labels: ['target'] },
  switchback_apply_seconds: {
    type: 'histogram',
    help: 'Duration of one target transaction.',
    labels: ['target'],
  },
  switchback_batch_events: { type: 'histogram', help: 'Events in one applied batch.', labels: ['target'] },
  switchback_lag_seconds: {
    type: 'gauge',
    help: 'Age of the oldest change that is not applied yet; 0 when there is none.',
    labels: ['target'],
  },
  switchback_lag_events: {
    type: 'gauge',
    help: 'Offsets in Kafka that are not applied yet.',
    labels: ['target'],
  },
  switchback_skipped_events_total: {
    type: 'counter',
    help: 'Events whose order was not above the highest applied one. Expected to stay 0.',
    labels: ['target'],
  },
  switchback_retries_total: {
    type: 'counter',
    help: 'Attempts that failed and were repeated.',
    labels: ['part'],
  },
  switchback_refused_objects: {
    type: 'gauge',
    help: 'Indexes and constraints that the target refused when they were last tried.',
    labels: ['target'],
  },
  switchback_parked_events: {
    type: 'gauge',
    help: 'Events parked and not yet resolved.',
    labels: ['target'],
  },
} as const satisfies Record<string, Metric>
