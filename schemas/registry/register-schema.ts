import { canonicalText } from './canonical-text.ts'
import { incompatibilitiesWith } from './compatibility.ts'
import { checkWritable } from './modes.ts'
import { parseAvro } from './parse-avro.ts'
import { refusals } from './refusal.ts'
import type { RegistryState } from './registry-state.ts'
import type { RegistryDecision } from './schemas-topic-writer.ts'
import type { SchemaValue } from './topic-records.ts'

/** Versions and ids are 32-bit numbers in Confluent's format. */
const highest = 2 ** 31 - 1

/** The canonical text of a schema that may be registered. Refuses what is not a schema. */
export function checkedSchema(text: string): string {
  return canonicalText(parseAvro(text))
}

/**
 * Gives the schema a version under the subject, and the id it has under any other subject or the next one. A schema
 * that the subject has already keeps its version. `canonical`: what `checkedSchema` made of it, once for however many
 * states it is tried on. Refuses what is incompatible.
 */
export function registerSchema(
  state: RegistryState,
  subject: string,
  canonical: string,
): RegistryDecision<SchemaValue> {
  if (subject === '') throw refusals.invalidSubject(subject)
  state.noteCanonical(canonical)
  const versions = state.versions(subject)
  const existing = versions.findLast(value => !value.deleted && state.canonicalOf(value) === canonical)
  if (existing !== undefined) return { facts: [], result: existing }
  checkWritable(state, subject)
  const reasons = incompatibilitiesWith(state, subject, canonical)
  if (reasons.length > 0) throw refusals.incompatible(subject, reasons)
  const version = (versions.at(-1)?.version ?? 0) + 1
  const id = state.idOf(canonical) ?? state.highestId + 1
  if (id > highest || version > highest) throw refusals.notPermitted('There are no ids left')
  const value: SchemaValue = { subject, version, id, schema: canonical, deleted: false }
  return { facts: [{ kind: 'schema', subject, version, value }], result: value }
}
