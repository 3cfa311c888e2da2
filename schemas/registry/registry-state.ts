import { MigrationError } from '../../core/errors.ts'
import { canonicalText } from './canonical-text.ts'
import type { CompatibilityLevel } from './compatibility-level.ts'
import { parseAvro } from './parse-avro.ts'
import { RegistryRefusal } from './refusal.ts'
import type { RegistryMode, SchemaValue, TopicFact } from './topic-records.ts'

/** What the topic says, after reading it in order. The same records give the same state, also after compaction. */
export class RegistryState {
  readonly #subjects = new Map<string, Map<number, SchemaValue>>()
  readonly #byId = new Map<number, SchemaValue[]>()
  readonly #levels = new Map<string | null, CompatibilityLevel>()
  readonly #modes = new Map<string | null, RegistryMode>()
  /** Stored text to canonical text: Confluent spells some numbers in another way. Shared by copies, since it never changes. */
  #canonical = new Map<string, string>()
  #highestId = 0

  /** For trying out what facts would make of it. */
  copy(): RegistryState {
    const copy = new RegistryState()
    for (const [subject, versions] of this.#subjects) copy.#subjects.set(subject, new Map(versions))
    for (const [id, values] of this.#byId) copy.#byId.set(id, values)
    for (const [subject, level] of this.#levels) copy.#levels.set(subject, level)
    for (const [subject, mode] of this.#modes) copy.#modes.set(subject, mode)
    copy.#canonical = this.#canonical
    copy.#highestId = this.#highestId
    return copy
  }

  /** The highest id ever given. */
  get highestId(): number {
    return this.#highestId
  }

  apply(fact: TopicFact): void {
    switch (fact.kind) {
      case 'schema':
        this.#setVersion(fact.subject, fact.version, fact.value)
        break
      case 'config':
        set(this.#levels, fact.subject, fact.level)
        break
      case 'mode':
        set(this.#modes, fact.subject, fact.mode)
        break
      case 'delete-subject':
        for (const value of this.versions(fact.subject)) {
          const deleted = { ...value, deleted: true }
          if (value.version <= fact.upToVersion) this.#setVersion(fact.subject, value.version, deleted)
        }
        break
      case 'highest-id':
        this.#highestId = Math.max(this.#highestId, fact.id)
        break
      case 'nothing':
        break
    }
  }

  /** Names of all subjects that have a version, deleted or not, in order. */
  subjects(): readonly string[] {
    return [...this.#subjects.keys()].toSorted()
  }

  /** All versions of a subject, soft deleted ones included, in order. */
  versions(subject: string): readonly SchemaValue[] {
    return [...(this.#subjects.get(subject)?.values() ?? [])].toSorted(
      (one, other) => one.version - other.version,
    )
  }

  /** Every subject and version with this id, soft deleted ones included; empty if the id is unknown. */
  withId(id: number): readonly SchemaValue[] {
    return this.#byId.get(id) ?? []
  }

  /** The id that a schema has under any subject; the lowest if it has several. */
  idOf(canonical: string): number | null {
    let lowest: number | null = null
    for (const [id, [value]] of this.#byId) {
      if (value !== undefined && this.canonicalOf(value) === canonical && (lowest === null || id < lowest)) {
        lowest = id
      }
    }
    return lowest
  }

  canonicalOf(value: SchemaValue): string {
    const known = this.#canonical.get(value.schema)
    if (known !== undefined) return known
    const canonical = canonicalOrAsIs(value)
    this.#canonical.set(value.schema, canonical)
    return canonical
  }

  /** This text is canonical: nobody has to work that out when it is stored. */
  noteCanonical(text: string): void {
    this.#canonical.set(text, text)
  }

  level(subject: string | null): CompatibilityLevel | null {
    return this.#levels.get(subject) ?? null
  }

  mode(subject: string | null): RegistryMode | null {
    return this.#modes.get(subject) ?? null
  }

  #setVersion(subject: string, version: number, value: SchemaValue | null): void {
    const versions = this.#subjects.get(subject) ?? new Map<number, SchemaValue>()
    const before = versions.get(version)
    if (before !== undefined) this.#forget(before)
    if (value === null) versions.delete(version)
    else {
      this.#remember(value)
      versions.set(version, value)
    }
    if (versions.size === 0) this.#subjects.delete(subject)
    else this.#subjects.set(subject, versions)
  }

  #remember(value: SchemaValue): void {
    const same = this.#byId.get(value.id) ?? []
    const [first] = same
    if (
      first !== undefined &&
      first.schema !== value.schema &&
      this.canonicalOf(first) !== this.canonicalOf(value)
    ) {
      throw new MigrationError(
        'registry.corrupt',
        `Two schemas in the schema topic have the id ${value.id}`,
        {
          details: { one: first.subject, other: value.subject },
        },
      )
    }
    this.#byId.set(value.id, [...same, value])
    this.#highestId = Math.max(this.#highestId, value.id)
  }

  #forget(value: SchemaValue): void {
    const left = (this.#byId.get(value.id) ?? []).filter(other => other !== value)
    if (left.length === 0) this.#byId.delete(value.id)
    else this.#byId.set(value.id, left)
  }
}

function set<K, V>(map: Map<K, V>, key: K, value: V | null): void {
  if (value === null) map.delete(key)
  else map.set(key, value)
}

function canonicalOrAsIs(value: SchemaValue): string {
  if (value.schemaType !== undefined && value.schemaType !== 'AVRO') return value.schema
  try {
    return canonicalText(parseAvro(value.schema))
  } catch (error) {
    // Schemas that Confluent's registry accepted and we would not are served, and equal only to themselves.
    if (error instanceof RegistryRefusal) return value.schema
    throw error
  }
}
