import { parseArgs } from 'node:util'
import { countOption } from '../stack/count-option.ts'
import type { PostgresVersion } from '../stack/postgres/binaries.ts'
import { type MeasurementName, measurementNames } from './measurements/names.ts'

export interface BenchOptions {
  readonly only: readonly MeasurementName[]
  /** Rows of `orders_lines`; the other tables are sized after it. */
  readonly rows: number
  /** Measured rounds; one smaller round before them is not counted. */
  readonly repeat: number
  readonly from: PostgresVersion
  readonly to: PostgresVersion
  /** Everything is encrypted: Kafka and both databases, certificates verified. */
  readonly tls: boolean
  readonly compression: 'none' | 'lz4'
  /** Where to write the result as data. */
  readonly json: string | null
  /** Where each process of Switchback leaves a CPU profile at its end. */
  readonly profile: string | null
}

export const usage = `Measures Switchback on servers of its own.

  npm run bench -- [--only copy,snapshot] [--rows 1000000] [--repeat 3] [--json FILE]

  --only A,B     some of: ${measurementNames.join(', ')}
  --rows N       rows of orders_lines (at least 1000); other tables are sized after it
  --repeat N     measured rounds, after one smaller round that is not counted
  --from N       PostgreSQL of the source: 15 or 18
  --to N         PostgreSQL of the target: 15 or 18
  --tls          encrypt the connections to Kafka and to both databases, certificates verified
  --compression  how the connector compresses what it publishes: none (default) or lz4
  --json FILE    write the result as data as well
  --profile DIR  leave a CPU profile of each process of Switchback there (slower)
`

/** Throws a message for people when an option is wrong. */
export function benchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: measurementNames.join(',') },
      rows: { type: 'string', default: '1000000' },
      repeat: { type: 'string', default: '3' },
      from: { type: 'string', default: '15' },
      to: { type: 'string', default: '18' },
      tls: { type: 'boolean', default: false },
      compression: { type: 'string', default: 'none' },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    only: values.only.split(',').map(measurement),
    rows: countOption('rows', values.rows, 1000),
    repeat: countOption('repeat', values.repeat, 1),
    from: version('from', values.from),
    to: version('to', values.to),
    tls: values.tls,
    compression: compression(values.compression),
    json: values.json ?? null,
    profile: values.profile ?? null,
  }
}

function measurement(text: string): MeasurementName {
  const found = measurementNames.find(name => name === text.trim())
  if (found !== undefined) return found
  throw new Error(`--only takes some of ${measurementNames.join(', ')}, not "${text}"`)
}

function compression(text: string): BenchOptions['compression'] {
  if (text === 'none' || text === 'lz4') return text
  throw new Error(`--compression takes none or lz4, not "${text}"`)
}

function version(name: string, text: string): PostgresVersion {
  if (text === '15') return 15
  if (text === '18') return 18
  throw new Error(`--${name} takes 15 or 18, not "${text}"`)
}
