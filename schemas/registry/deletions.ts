import { type VersionChoice, versionOf, versionsOf } from './look-up.ts'
import { checkWritable } from './modes.ts'
import { refusals } from './refusal.ts'
import type { RegistryState } from './registry-state.ts'
import type { RegistryDecision } from './schemas-topic-writer.ts'
import type { SchemaValue } from './topic-records.ts'

/**
 * Deletes all versions of a subject and returns their numbers. Softly first: ids stay readable and nothing is lost. A second
 * time permanently: then the ids are gone, and data written with them cannot be read.
 */
export function deleteSubject(
  state: RegistryState,
  subject: string,
  permanent: boolean,
): RegistryDecision<readonly number[]> {
  checkWritable(state, subject)
  const versions = versionsOf(state, subject, true)
  const live = versions.filter(value => !value.deleted)
  const last = live.at(-1)
  if (permanent) {
    if (last !== undefined) throw refusals.subjectNotDeleted(subject)
    return { facts: removal(state, versions), result: numbers(versions) }
  }
  if (last === undefined) throw refusals.subjectDeleted(subject)
  return {
    facts: [{ kind: 'delete-subject', subject, upToVersion: last.version }],
    result: numbers(live),
  }
}

/** Deletes one version, softly or, when that was done before, permanently. Returns its number. */
export function deleteVersion(
  state: RegistryState,
  subject: string,
  choice: VersionChoice,
  permanent: boolean,
): RegistryDecision<number> {
  checkWritable(state, subject)
  const value = versionOf(state, subject, choice, choice !== 'latest')
  const { version } = value
  if (permanent) {
    if (!value.deleted) throw refusals.versionNotDeleted(subject, version)
    return { facts: removal(state, [value]), result: version }
  }
  if (value.deleted) throw refusals.versionDeleted(subject, version)
  const deleted = { ...value, deleted: true }
  return { facts: [{ kind: 'schema', subject, version, value: deleted }], result: version }
}

/** Compaction forgets removed schemas altogether; the highest id is kept apart, so that none is ever given twice. */
function removal(state: RegistryState, values: readonly SchemaValue[]): RegistryDecision<unknown>['facts'] {
  const tombstones = values.map(
    ({ subject, version }) => ({ kind: 'schema', subject, version, value: null }) as const,
  )
  return [{ kind: 'highest-id', id: state.highestId }, ...tombstones]
}

function numbers(values: readonly SchemaValue[]): readonly number[] {
  return values.map(value => value.version)
}
