import { parseArgs } from 'node:util'
import { countOption } from '../stack/count-option.ts'

export interface DemoOptions {
  /** Rows in the shop, about. */
  readonly rows: number
  /** How long the application goes on after everything is copied, seconds. */
  readonly seconds: number
  /** Leave everything running at the end, until Ctrl-C. */
  readonly keep: boolean
}

export const usage = `Migrates a live shop from PostgreSQL 15 to PostgreSQL 18 on servers of its own.

  npm run demo -- [--rows 1000000] [--seconds 10] [--keep]

  --rows N      rows in the shop, about (at least 1000)
  --seconds N   how long changes go on after everything is copied
  --keep        leave all running at the end and say where it is
`

/** Throws a message for people when an option is wrong. */
export function demoOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '10' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    rows: countOption('rows', values.rows, 1000),
    seconds: countOption('seconds', values.seconds, 0),
    keep: values.keep,
  }
}
