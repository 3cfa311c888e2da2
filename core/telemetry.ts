import type { metrics } from './metric-catalogue.ts'

export type MetricName = keyof typeof metrics
export type Labels = Readonly<Record<string, string>>

/** The log: facts as fields, a constant message. pino's shape. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What a running part tells about itself. Called per batch or chunk, never per row. */
export interface Telemetry {
  readonly log: Logger
  /** Adds to a counter. */
  count(name: MetricName, by: number, labels?: Labels): void
  /** Sets a gauge. */
  set(name: MetricName, value: number, labels?: Labels): void
  /** Adds one observation to a histogram. */
  observe(name: MetricName, value: number, labels?: Labels): void
}

/** For tools and tests that show nothing. */
export const silent: Telemetry = {
  log: { debug() {}, info() {}, warn() {}, error() {} },
  count() {},
  set() {},
  observe() {},
}
