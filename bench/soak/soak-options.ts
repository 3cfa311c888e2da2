import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { countOption } from '../../stack/count-option.ts'

export interface SoakOptions {
  readonly minutes: number
  /** About so many rows does the shop have, all the time. */
  readonly rows: number
  /** People of the shop who work at the same time. */
  readonly people: number
  /** Of what breaks, and when. */
  readonly seed: number
  /** Where to write the result as data. */
  readonly json: string | null
}

export const usage = `Runs migrations for a long time, under an application at full speed and with processes and servers that are restarted,
and looks for hangs, leaks and differences.

  npm run soak -- [--minutes 60] [--json FILE]

  --minutes N    how long, servers and last comparison not included
  --rows N       rows of the shop (at least 10000)
  --people N     connections of the application
  --seed N       the same disturbances again
  --json FILE    write the result as data as well
`

/** Throws a message for people when an option is wrong. */
export function soakOptions(args: readonly string[]): SoakOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '60' },
      rows: { type: 'string', default: '200000' },
      people: { type: 'string', default: '4' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    minutes: countOption('minutes', values.minutes, 1),
    rows: countOption('rows', values.rows, 10_000),
    people: countOption('people', values.people, 1),
    seed: countOption('seed', values.seed, 0),
    json: values.json ?? null,
  }
}
