import { avroObject } from './avro-object.ts'
import { canonicalText } from './canonical-text.ts'
import { parseAvro } from './parse-avro.ts'
import { refusals } from './refusal.ts'
import type { RegistryCore } from './registry-core.ts'
import type { RegistryState } from './registry-state.ts'
import type { SchemaValue } from './topic-records.ts'

/** A version of a subject: its number, or the highest one that is not deleted. */
export type VersionChoice = number | 'latest'

/** Subjects with a version that is not deleted; all of them when `deleted`. */
export function subjectNames(state: RegistryState, deleted: boolean, prefix: string): readonly string[] {
  return state
    .subjects()
    .filter(subject => subject.startsWith(prefix) && visibleVersions(state, subject, deleted).length > 0)
}

/** The versions of a subject in order. Refuses a subject without any. */
export function versionsOf(state: RegistryState, subject: string, deleted: boolean): readonly SchemaValue[] {
  const versions = visibleVersions(state, subject, deleted)
  if (versions.length === 0) throw refusals.subjectNotFound(subject)
  return versions
}

/** One version of a subject. */
export function versionOf(
  state: RegistryState,
  subject: string,
  choice: VersionChoice,
  deleted: boolean,
): SchemaValue {
  const versions = versionsOf(state, subject, deleted)
  const found = choice === 'latest' ? versions.at(-1) : versions.find(value => value.version === choice)
  if (found === undefined) throw refusals.versionNotFound(Number(choice))
  return found
}

/** The version under which a subject has this schema. */
export function findSchema(
  state: RegistryState,
  subject: string,
  text: string,
  deleted: boolean,
): SchemaValue {
  const canonical = canonicalText(parseAvro(text))
  const versions = versionsOf(state, subject, deleted)
  const found = versions.findLast(value => state.canonicalOf(value) === canonical)
  if (found === undefined) throw refusals.schemaNotFound()
  return found
}

/** Every subject and version that has this id. */
export function usesOf(state: RegistryState, id: number, deleted: boolean): readonly SchemaValue[] {
  const uses = state.withId(id)
  if (uses.length === 0) throw refusals.schemaIdNotFound(id)
  return uses.filter(value => deleted || !value.deleted)
}

/** One of the versions with this id, soft deleted or not: data written with it must stay readable. */
export async function valueWithId(core: Pick<RegistryCore, 'readSettled'>, id: number): Promise<SchemaValue> {
  const value = await core.readSettled(state => state.withId(id)[0] ?? null)
  if (value === null) throw refusals.schemaIdNotFound(id)
  return value
}

/** The Avro schema with this id, parsed. */
export async function schemaWithId(core: Pick<RegistryCore, 'readSettled'>, id: number): Promise<object> {
  return avroObject((await valueWithId(core, id)).schema)
}

function visibleVersions(state: RegistryState, subject: string, deleted: boolean): readonly SchemaValue[] {
  return state.versions(subject).filter(value => deleted || !value.deleted)
}
