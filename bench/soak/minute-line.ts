import type { RoleSample, Sample } from './sample.ts'

/** What happened between two samples, in a line. */
export function minuteLine(before: Sample, now: Sample): string {
  const seconds = (now.atMs - before.atMs) / 1000
  const perSecond = (from: number | null, to: number | null) =>
    from === null || to === null || to < from ? '?' : String(Math.round((to - from) / seconds))
  return [
    `${Math.round(now.atMs / 60_000)} min`,
    `cycle ${now.cycle}`,
    `${now.transactions} transactions (${perSecond(before.transactions, now.transactions)}/s)`,
    `${now.applied ?? '?'} applied (${perSecond(before.applied, now.applied)}/s)`,
    `lag ${now.lag ?? '?'}`,
    `connector ${role(now.roles.connector)}`,
    `sink ${role(now.roles.sink)}`,
    `Kafka ${now.kafka === null ? 'down' : `${now.kafka.residentMb} MB ${now.kafka.files} files`}`,
    `connections ${now.source?.connections ?? '?'}+${now.target?.connections ?? '?'}`,
    `slots ${now.source?.slots ?? '?'}`,
    `disk ${now.diskMb} MB`,
  ].join(', ')
}

function role(sample: RoleSample | null): string {
  if (sample === null) return 'down'
  const { residentMb, files, sockets, timers, ageMs } = sample
  return `${residentMb} MB ${files} files ${sockets} sockets ${timers ?? '?'} timers (${Math.round(ageMs / 1000)} s old)`
}
