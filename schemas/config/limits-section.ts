import * as z from 'zod'
import type { RateLimits } from '../../core/rate-limit.ts'

const rate = z.int().min(1).max(1_000_000_000_000).nullable().default(null)

/** How fast one database may be read or written. */
export const limitsSection = (of: string) =>
  z
    .strictObject({
      rowsPerSecond: rate.describe('Rows a second, on average; null: as many as possible.'),
      bytesPerSecond: rate.describe(
        'Bytes of records a second, on average, as Kafka carries them; null: as many as possible.',
      ),
    })
    .prefault({})
    .describe(
      `${of} For each process. Changing it in the file is enough: processes that run notice within some seconds.`,
    )
export type LimitsConfig = RateLimits
