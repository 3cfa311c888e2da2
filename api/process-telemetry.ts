import { pino } from 'pino'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { errorReport } from '../core/error-report.ts'
import { metrics } from '../core/metric-catalogue.ts'
import type { Labels, MetricName, Telemetry } from '../core/telemetry.ts'

/** The telemetry of a process: JSON lines, and metrics as Prometheus reads them. */
export interface ProcessTelemetry extends Telemetry {
  /** Replaces secrets in what is about to be shown. */
  readonly redact: (text: string) => string
  /** The metrics in Prometheus' text format. */
  exposition(): Promise<string>
  readonly contentType: string
  /** What a metric says now, per set of labels; without samples it is empty. */
  samples(name: MetricName): Promise<readonly MetricSample[]>
}

export interface MetricSample {
  readonly labels: Labels
  readonly value: number
}

export interface TelemetryOptions {
  readonly migration: string
  readonly role: string
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Takes whole lines, each with its newline. */
  readonly write: (line: string) => void
  /** Replaces secrets in what is about to be written. */
  readonly redact: (text: string) => string
}

/** Node wakes that often to measure; every 10 ms, as by default, costs an idle process a third of its CPU. */
const eventLoopPrecisionMs = 50
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const countBuckets = [1, 10, 100, 1_000, 5_000, 10_000, 50_000, 100_000]

export function processTelemetry(options: TelemetryOptions): ProcessTelemetry {
  const registry = new Registry()
  registry.setDefaultLabels({ migration: options.migration, role: options.role })
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopPrecisionMs })
  const { counters, gauges, histograms } = instruments(registry)
  return {
    log: logger(options),
    count: (name, by, labels = {}) => counters.get(name)?.inc(labels, by),
    set: (name, value, labels = {}) => gauges.get(name)?.set(labels, value),
    observe: (name, value, labels = {}) => histograms.get(name)?.observe(labels, value),
    redact: options.redact,
    exposition: async () => options.redact(await registry.metrics()),
    contentType: registry.contentType,
    async samples(name) {
      const metric = counters.get(name) ?? gauges.get(name)
      return (
        (await metric?.get())?.values.map(({ labels, value }) => ({ labels: textLabels(labels), value })) ??
        []
      )
    },
  }
}

function instruments(registers: Registry) {
  const counters = new Map<MetricName, Counter>()
  const gauges = new Map<MetricName, Gauge>()
  const histograms = new Map<MetricName, Histogram>()
  for (const name of metricNames) {
    const { type, help, labels } = metrics[name]
    const base = { name, help, labelNames: labels, registers: [registers] }
    switch (type) {
      case 'counter':
        counters.set(name, new Counter(base))
        break
      case 'gauge':
        gauges.set(name, new Gauge(base))
        break
      case 'histogram':
        histograms.set(
          name,
          new Histogram({ ...base, buckets: name.endsWith('_seconds') ? secondsBuckets : countBuckets }),
        )
        break
    }
  }
  return { counters, gauges, histograms }
}

// Object.keys forgets the type of the keys of a constant.
const metricNames = Object.keys(metrics) as readonly MetricName[]

function textLabels(labels: Readonly<Partial<Record<string, string | number>>>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]))
}

function logger({ migration, role, level, write, redact }: TelemetryOptions): Telemetry['log'] {
  return pino(
    {
      level,
      base: { migration, role },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      // Errors of drivers carry whatever their authors put into them: only named facts are logged.
      serializers: { error: errorReport, err: errorReport },
    },
    { write: line => write(redact(line)) },
  )
}
