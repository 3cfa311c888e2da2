import { type Document, isMap, isNode, type LineCounter } from 'yaml'
import type * as z from 'zod'
import { migrationJsonSchema } from './migration-schema.ts'
import { nearestKey } from './nearest-key.ts'

/** One thing that is wrong in the file. */
export interface ConfigProblem {
  /** For example `targets[0].postgres.port`; empty for the file as a whole. */
  readonly path: string
  /** Where it stands in the file, from 1; null when the key is missing altogether. */
  readonly line: number | null
  readonly column: number | null
  readonly message: string
}

type Path = readonly PropertyKey[]

/** Turns zod's issues into problems with places; an unknown key is one problem each, with the key it may have meant. */
export function configProblems(
  issues: readonly z.core.$ZodIssue[],
  document: Document,
  lines: LineCounter,
): readonly ConfigProblem[] {
  const problems = issues.flatMap(issue => {
    if (issue.code !== 'unrecognized_keys') return [problem(issue.path, describe(issue), document, lines)]
    return issue.keys.map(key => problem([...issue.path, key], unknownKey(issue.path, key), document, lines))
  })
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}

function problem(path: Path, message: string, document: Document, lines: LineCounter): ConfigProblem {
  const offset = offsetOf(path, document)
  const place = offset === null ? null : lines.linePos(offset)
  return { path: pathText(path), line: place?.line ?? null, column: place?.col ?? null, message }
}

function describe(issue: z.core.$ZodIssue): string {
  if (
    issue.code === 'invalid_type' &&
    issue.input === undefined &&
    issue.message.endsWith('received undefined')
  )
    return 'is required'
  return issue.message
}

function unknownKey(parent: Path, key: string): string {
  const nearest = nearestKey(key, knownKeys(parent))
  return nearest === null ? 'is not a known key' : `is not a known key; did you mean ${nearest}?`
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
}

function knownKeys(parent: Path): readonly string[] {
  // The JSON Schema of our own objects: only `properties` and `items` lead down in it.
  let node = migrationJsonSchema() as SchemaNode | undefined
  for (const step of parent) node = typeof step === 'number' ? node?.items : node?.properties?.[String(step)]
  return Object.keys(node?.properties ?? {})
}

/** Offset of the key if the path ends at one, else of the item; a missing one is placed at the nearest parent. */
function offsetOf(path: Path, document: Document): number | null {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true)
    const step = path[length - 1]
    const key = isMap(parent)
      ? parent.items.find(pair => isNode(pair.key) && String(pair.key) === step)?.key
      : undefined
    const node = key ?? document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return null
}

function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? String(step) : `${text}.${String(step)}`
  }, '')
}
