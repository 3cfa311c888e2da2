import type { Finding } from '../../../core/finding.ts'
import { quoteIdentifier, quoteLiteral } from '../../../databases/postgres/quote.ts'
import type { SchemaObject } from '../../../schemas/table-schema.ts'
import type { FoundObject, RequiredObject } from './found-objects.ts'
import { isSameSql, namePattern, nameParts } from './sql-name.ts'

/** In what an existing object cannot stand for the source's; null if it can, or if it is missing and will be made. */
export function requiredDifference({ object, found }: RequiredObject): Finding | null {
  if (found === null) return null
  switch (object.kind) {
    case 'extension':
      return extensionDifference(object, found)
    case 'enum':
      return found.typeKind === 'e' ? labelDifference(object, found) : otherKind(object)
    case 'domain':
      return found.typeKind === 'd' ? baseDifference(object, found) : otherKind(object)
    case 'composite':
      return found.typeKind === 'c' ? attributeDifference(object, found) : otherKind(object)
    case 'range':
      return found.typeKind === 'r' ? subtypeDifference(object, found) : otherKind(object)
    case 'schema':
    case 'sequence':
    case 'primary-key':
    case 'index':
    case 'unique':
    case 'check':
    case 'exclusion':
    case 'foreign-key':
      return null
  }
}

function difference(object: SchemaObject, message: string, remedy: string): Finding {
  const subject = `${object.kind} ${object.name}`
  return { severity: 'error', code: 'target.type_differs', subject, message, remedy }
}

function otherKind(object: SchemaObject): Finding {
  const message = `The target has another kind of type by the name of this ${object.kind}.`
  return difference(object, message, `Rename that type, or move it into another schema.`)
}

function extensionDifference(object: SchemaObject, { schema }: FoundObject): Finding | null {
  const place = new RegExp(` SCHEMA (${namePattern})$`).exec(object.create)?.[1]
  const wanted = place === undefined ? undefined : nameParts(place)[0]
  if (wanted === undefined || wanted === schema) return null
  const message = `The extension is installed in schema ${schema}; in the source it is in ${wanted}, and types are named by it.`
  const remedy = `ALTER EXTENSION ${object.name} SET SCHEMA ${quoteIdentifier(wanted)}, or put the source's there.`
  return difference(object, message, remedy)
}

function labelDifference(object: SchemaObject, { labels }: FoundObject): Finding | null {
  const wanted = enumLabels(object.create)
  const missing = wanted.filter(label => !labels.includes(label))
  if (missing.length > 0) {
    const message = `The target's enum lacks the labels ${missing.map(quoteLiteral).join(', ')}.`
    const add = missing.map(
      label => `ALTER TYPE ${object.name} ADD VALUE ${labelPlace(wanted, labels, label)}`,
    )
    return difference(object, message, `Add them in the order of the source: ${add.join('; ')}.`)
  }
  const shared = labels.filter(label => wanted.includes(label))
  if (shared.every((label, index) => label === wanted[index])) return null
  const message = `The labels have another order than in the source: ${labels.map(quoteLiteral).join(', ')}.`
  return difference(object, message, `Make the enum again with ${wanted.map(quoteLiteral).join(', ')}.`)
}

/** The label and where ADD VALUE must put it, given those before it were added. */
function labelPlace(wanted: readonly string[], has: readonly string[], label: string): string {
  const index = wanted.indexOf(label)
  const before = wanted[index - 1]
  if (before !== undefined) return `${quoteLiteral(label)} AFTER ${quoteLiteral(before)}`
  const first = has[0]
  return first === undefined ? quoteLiteral(label) : `${quoteLiteral(label)} BEFORE ${quoteLiteral(first)}`
}

/** The labels of a CREATE TYPE … AS ENUM statement, as the server's quote_literal wrote them. */
export function enumLabels(create: string): readonly string[] {
  const list = create.replace(new RegExp(`^CREATE TYPE ${namePattern} AS ENUM `), '')
  return Array.from(list.matchAll(/(E?)'((?:[^']|'')*)'/g), ([, escape, text = '']) => {
    const label = text.replaceAll("''", "'")
    return escape === 'E' ? label.replaceAll('\\\\', '\\') : label
  })
}

const domainHead = new RegExp(`^CREATE DOMAIN ${namePattern} AS `)

function baseDifference(object: SchemaObject, { base }: FoundObject): Finding | null {
  const wanted = object.create.replace(domainHead, '')
  if (base !== null && wanted.startsWith(base)) {
    // What may follow the base type; anything else means that its name goes on.
    if (/^(?:$| COLLATE | DEFAULT | NOT NULL| CONSTRAINT )/.test(wanted.slice(base.length))) return null
  }
  const message = `The target's domain is over ${base}; the source has: ${object.create}.`
  return difference(object, message, 'Give the domain the same base type as in the source.')
}

const compositeHead = new RegExp(`^CREATE TYPE ${namePattern} AS \\(`)

function attributeDifference(object: SchemaObject, { attributes }: FoundObject): Finding | null {
  const wanted = object.create.replace(compositeHead, '').slice(0, -1)
  if (isSameSql(wanted, attributes)) return null
  const message = `The target's type has the attributes (${attributes}); the source has (${wanted}).`
  return difference(object, message, 'Give the type the same attributes in the same order.')
}

function subtypeDifference(object: SchemaObject, { base }: FoundObject): Finding | null {
  if (base !== null && object.create.includes(`(SUBTYPE = ${base}, `)) return null
  const message = `The target's range is over ${base}; the source has: ${object.create}.`
  return difference(object, message, 'Give the range the same subtype as in the source.')
}
