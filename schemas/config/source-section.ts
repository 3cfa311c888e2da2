import * as z from 'zod'
import { limitsSection } from './limits-section.ts'
import { postgresSection } from './postgres-section.ts'

// Two parts divided by one dot; each part is plain, with * for any run of characters, or exact in double quotes.
const part = String.raw`(?:[^".]+|"(?:[^"]|"")+")`
const tablePattern = z.string().regex(new RegExp(`^${part}\\.${part}$`), {
  error:
    'write schema.table; * stands for any characters, a name with a dot or a quote goes in double quotes',
})

export const sourceSection = z
  .strictObject({
    postgres: postgresSection,
    tables: z
      .strictObject({
        include: z
          .array(tablePattern)
          .min(1)
          .describe('Tables to migrate: `schema.table`, where `*` stands for any characters.'),
        exclude: z.array(tablePattern).default([]).describe('Tables to leave out of those.'),
      })
      .describe(
        'Which tables are migrated. Tables may be added while the migration runs; restart the connector then.',
      ),
    limits: limitsSection(
      'How fast existing rows are copied. Changes are always followed at full speed: the source keeps its log until they are.',
    ),
  })
  .describe('The database that is copied and followed.')
export type TablesConfig = Readonly<z.output<typeof sourceSection>['tables']>
