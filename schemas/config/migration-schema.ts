import * as z from 'zod'
import { kafkaSection } from './kafka-section.ts'
import { limitsSection } from './limits-section.ts'
import { postgresSection } from './postgres-section.ts'
import { registrySection } from './registry-section.ts'
import { sourceSection } from './source-section.ts'
import { httpSection, sinkSection, snapshotSection } from './tuning-section.ts'

const shortName = z.string().regex(/^[a-z][a-z0-9_-]{0,40}$/, {
  error: 'begin with a lower-case letter, go on with letters, digits, - and _, at most 41 characters',
})

const targetSection = z.strictObject({
  name: shortName.describe('Name of the target, unique; part of its consumer group `<migration>.<name>`.'),
  postgres: postgresSection,
  limits: limitsSection('How fast this target is written.'),
})

// Also called when a target has other problems, so that all of them come at once.
function hasUniqueNames(targets: unknown): boolean {
  if (!Array.isArray(targets)) return true
  const names = targets.map(
    (target: unknown) => targetSection.pick({ name: true }).loose().safeParse(target).data?.name,
  )
  const given = names.filter(name => name !== undefined)
  return new Set(given).size === given.length
}

/** The file migration.yaml, before secrets are read. Its descriptions are the user's documentation. */
export const migrationSchema = z
  .strictObject({
    migration: shortName.describe(
      'Name of the migration. Prefix of its topics, slot, publication and consumer groups: never change it while the migration lives.',
    ),
    source: sourceSection,
    targets: z
      .array(targetSection)
      .min(1)
      .describe('The databases that receive everything, each at its own pace.')
      .refine(hasUniqueNames, { error: 'two targets have the same name', when: () => true }),
    kafka: kafkaSection,
    registry: registrySection,
    snapshot: snapshotSection,
    sink: sinkSection,
    http: httpSection,
  })
  .meta({ title: 'Switchback migration', description: 'The file migration.yaml.' })

/** For editors and for docs: what a user may write. */
export function migrationJsonSchema(): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(migrationSchema, { io: 'input', target: 'draft-2020-12' })
}
