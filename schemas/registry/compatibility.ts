import type { AvroType } from './avro-type.ts'
import { type CompatibilityLevel, compatibilityLevels, defaultCompatibility } from './compatibility-level.ts'
import { parseAvro } from './parse-avro.ts'
import { unreadable } from './reading.ts'
import { RegistryRefusal, refusals } from './refusal.ts'
import type { RegistryState } from './registry-state.ts'
import type { RegistryDecision } from './schemas-topic-writer.ts'
import type { SchemaValue } from './topic-records.ts'

/** The level in force for a subject, or for the registry when `subject` is null. */
export function levelOf(state: RegistryState, subject: string | null): CompatibilityLevel {
  return (subject === null ? null : state.level(subject)) ?? state.level(null) ?? defaultCompatibility
}

/** Sets the level of a subject, or of the registry when `subject` is null. */
export function setLevel(subject: string | null, text: string): RegistryDecision<CompatibilityLevel> {
  const level = compatibilityLevels.find(known => known === text.toUpperCase())
  if (level === undefined) throw refusals.invalidCompatibility()
  return { facts: [{ kind: 'config', subject, level }], result: level }
}

/** Takes a level back; returns the one that was in force. */
export function clearLevel(
  state: RegistryState,
  subject: string | null,
): RegistryDecision<CompatibilityLevel> {
  if (subject !== null && state.level(subject) === null) throw refusals.subjectNotFound(subject)
  return { facts: [{ kind: 'config', subject, level: null }], result: levelOf(state, subject) }
}

/** Why a schema may not become the next version of the subject; empty when it may. */
export function incompatibilitiesWith(
  state: RegistryState,
  subject: string,
  text: string,
): readonly string[] {
  const level = levelOf(state, subject)
  const earlier = state.versions(subject).filter(value => !value.deleted)
  return incompatibilities(level, text, level.endsWith('_TRANSITIVE') ? earlier : earlier.slice(-1))
}

/** Why a schema breaks the level against these earlier versions; empty when it does not. */
export function incompatibilities(
  level: CompatibilityLevel,
  text: string,
  earlier: readonly SchemaValue[],
): readonly string[] {
  if (level === 'NONE' || earlier.length === 0) return []
  const next = parseAvro(text)
  return earlier.toReversed().flatMap(value => {
    const before = parsedEarlier(value)
    if (typeof before === 'string') return [before]
    const reasons = [
      ...(level.startsWith('FORWARD') ? [] : against(next, before)),
      ...(level.startsWith('BACKWARD') ? [] : against(before, next)),
    ]
    if (reasons.length === 0) return []
    return [...reasons, `{oldSchemaVersion: ${value.version}}`, `{compatibility: '${level}'}`]
  })
}

function against(reader: AvroType, writer: AvroType): readonly string[] {
  return unreadable(reader, writer).map(
    ({ type, path, message }) => `{errorType:'${type}', description:'${message} at ${path}'}`,
  )
}

function parsedEarlier(value: SchemaValue): AvroType | string {
  try {
    return parseAvro(value.schema)
  } catch (error) {
    if (error instanceof RegistryRefusal)
      return `version ${value.version} is not a valid schema: ${error.message}`
    throw error
  }
}
