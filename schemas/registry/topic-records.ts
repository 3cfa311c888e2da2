import * as z from 'zod'
import { MigrationError } from '../../core/errors.ts'
import type { CompatibilityLevel } from './compatibility-level.ts'
import { compatibilityLevels } from './compatibility-level.ts'

/** What the topic says about one version of a subject. Fields we do not know are kept when the record is written again. */
const schemaValue = z.looseObject({
  subject: z.string(),
  version: z.int().min(1),
  id: z.int().min(0),
  schema: z.string(),
  schemaType: z.string().optional(),
  deleted: z.boolean().default(false),
})
export type SchemaValue = Readonly<z.infer<typeof schemaValue>>

export const registryModes = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT', 'FORWARD'] as const
export type RegistryMode = (typeof registryModes)[number]

const subject = z.string().nullish().default(null)
const key = z.discriminatedUnion('keytype', [
  z.object({ keytype: z.literal('SCHEMA'), subject: z.string(), version: z.int().min(1) }),
  z.object({ keytype: z.literal('CONFIG'), subject }),
  z.object({ keytype: z.literal('MODE'), subject }),
  z.object({ keytype: z.literal('DELETE_SUBJECT'), subject: z.string() }),
  z.object({ keytype: z.literal('CLEAR_SUBJECT'), subject: z.string() }),
  z.object({ keytype: z.literal('NOOP') }),
])
const configValue = z.looseObject({ compatibilityLevel: z.enum(compatibilityLevels).nullish() })
const modeValue = z.looseObject({ mode: z.enum(registryModes) })
const deleteValue = z.looseObject({ subject: z.string(), version: z.int() })
const noopValue = z.looseObject({ highestId: z.int().default(0) })

/** One fact of the registry's topic. A null value takes the fact back. */
export type TopicFact =
  | {
      readonly kind: 'schema'
      readonly subject: string
      readonly version: number
      readonly value: SchemaValue | null
    }
  | { readonly kind: 'config'; readonly subject: string | null; readonly level: CompatibilityLevel | null }
  | { readonly kind: 'mode'; readonly subject: string | null; readonly mode: RegistryMode | null }
  /** All versions of the subject up to this one are soft deleted. */
  | { readonly kind: 'delete-subject'; readonly subject: string; readonly upToVersion: number }
  /** Ids up to this one were given away, also if their schemas are gone. */
  | { readonly kind: 'highest-id'; readonly id: number }
  | { readonly kind: 'nothing' }

/** Key and value in the record format of Confluent's registry. The text of a key is the same for the same fact: the topic is compacted. */
export interface TopicRecord {
  readonly key: string
  readonly value: string | null
}

export function encodeFact(fact: Exclude<TopicFact, { kind: 'nothing' }>): TopicRecord {
  switch (fact.kind) {
    case 'schema':
      return topicRecord(
        { keytype: 'SCHEMA', subject: fact.subject, version: fact.version, magic: 1 },
        fact.value,
      )
    case 'config':
      return topicRecord(
        { keytype: 'CONFIG', subject: fact.subject, magic: 0 },
        fact.level === null ? null : { compatibilityLevel: fact.level },
      )
    case 'mode':
      return topicRecord(
        { keytype: 'MODE', subject: fact.subject, magic: 0 },
        fact.mode === null ? null : { mode: fact.mode },
      )
    case 'delete-subject':
      return topicRecord(
        { keytype: 'DELETE_SUBJECT', subject: fact.subject, magic: 0 },
        { subject: fact.subject, version: fact.upToVersion },
      )
    case 'highest-id':
      return topicRecord({ keytype: 'NOOP', magic: 0 }, { highestId: fact.id })
  }
}

function topicRecord(keyJson: object, value: object | null): TopicRecord {
  return { key: JSON.stringify(keyJson), value: value === null ? null : JSON.stringify(value) }
}

/** Reads a record that this registry or Confluent's wrote. Throws `registry.corrupt` for anything else. */
export function decodeFact(record: TopicRecord): TopicFact {
  try {
    return factOf(key.parse(JSON.parse(record.key)), record.value === null ? null : JSON.parse(record.value))
  } catch (cause) {
    throw new MigrationError(
      'registry.corrupt',
      `The schema topic holds a record that is none: ${record.key}`,
      {
        cause,
      },
    )
  }
}

function factOf(about: z.infer<typeof key>, json: unknown): TopicFact {
  switch (about.keytype) {
    case 'SCHEMA':
      return {
        kind: 'schema',
        subject: about.subject,
        version: about.version,
        value: json === null ? null : schemaValue.parse(json),
      }
    case 'CONFIG':
      return {
        kind: 'config',
        subject: about.subject,
        level: json === null ? null : (configValue.parse(json).compatibilityLevel ?? null),
      }
    case 'MODE':
      return { kind: 'mode', subject: about.subject, mode: json === null ? null : modeValue.parse(json).mode }
    case 'DELETE_SUBJECT':
      if (json === null) return { kind: 'nothing' }
      return { kind: 'delete-subject', subject: about.subject, upToVersion: deleteValue.parse(json).version }
    case 'CLEAR_SUBJECT':
      return { kind: 'nothing' }
    case 'NOOP':
      return json === null ? { kind: 'nothing' } : { kind: 'highest-id', id: noopValue.parse(json).highestId }
  }
}
