import { refusals } from './refusal.ts'
import type { RegistryState } from './registry-state.ts'
import type { RegistryDecision } from './schemas-topic-writer.ts'
import type { RegistryMode } from './topic-records.ts'

const settable: readonly string[] = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE'] satisfies RegistryMode[]

/** Refuses when nothing may be written under the subject. */
export function checkWritable(state: RegistryState, subject: string): void {
  const mode = modeOf(state, subject)
  if (mode !== 'READWRITE') throw refusals.notPermitted(`Subject ${subject} is in ${mode} mode`)
}

/** The mode in force: the global override, else the subject's, else the global one. */
export function modeOf(state: RegistryState, subject: string | null): RegistryMode {
  const global = state.mode(null) ?? 'READWRITE'
  if (subject === null || global === 'READONLY_OVERRIDE') return global
  return state.mode(subject) ?? global
}

/** Sets the mode of a subject, or of the registry when `subject` is null. Imports are not supported. */
export function setMode(subject: string | null, mode: string): RegistryDecision<RegistryMode> {
  if (!isSettable(mode)) throw refusals.invalidMode()
  return { facts: [{ kind: 'mode', subject, mode }], result: mode }
}

/** Takes the mode of a subject back; returns the one it had. */
export function clearMode(state: RegistryState, subject: string): RegistryDecision<RegistryMode> {
  const before = state.mode(subject)
  if (before === null) throw refusals.subjectNotFound(subject)
  return { facts: [{ kind: 'mode', subject, mode: null }], result: before }
}

function isSettable(mode: string): mode is RegistryMode {
  return settable.includes(mode)
}
