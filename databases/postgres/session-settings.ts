/**
 * Settings under which the text form of a value depends on the value alone, and under which the server neither cuts our
 * long transactions nor hides rows: with `row_security` off, a query that a policy would filter fails instead. A server that
 * lost us without a word, because a network swallows everything, gives up our transaction and its locks after a minute.
 */
const sessionSettings = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'iso_8601',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  row_security: 'off',
  synchronous_commit: 'local',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '3',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
} as const

/** The settings as the `options` parameter of the startup message: in force before the first statement. */
export function startupOptions(): string {
  return Object.entries(sessionSettings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
    .join(' ')
}
