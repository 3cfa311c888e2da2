import { exampleConfig } from '../../cli/example-config.ts'
import { migrationJsonSchema } from '../../schemas/config/migration-schema.ts'
import { generatedNotice, table } from './markdown.ts'

/** What is read of a JSON Schema. */
interface SchemaNode {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
}

/** docs/configuration.md */
export function configurationPage(): string {
  // The JSON Schema of our own objects uses no more than the keywords above.
  const root = migrationJsonSchema() as SchemaNode
  return `# Configuration

${generatedNotice}
One YAML file describes a migration; \`switchback init\` prints the example below. Unknown keys are errors, and all problems are reported at
once with their lines. Passwords never stand in the file: they come from environment variables or files. Editors complete and check
the file with the JSON Schema in [migration.schema.json](migration.schema.json).

${table(['key', 'type', 'default', 'meaning'], keyRows('', root))}
## Example

\`\`\`yaml
${exampleConfig}\`\`\`
`
}

function keyRows(path: string, node: SchemaNode): readonly (readonly string[])[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const name = path === '' ? key : `${path}.${key}`
    const required = node.required?.includes(key) === true
    const row = [
      `\`${name}\``,
      typeText(child),
      defaultText(child, required),
      child.description ?? child.items?.description ?? '',
    ]
    return [
      row,
      ...keyRows(name, child),
      ...(child.items === undefined ? [] : keyRows(`${name}[]`, child.items)),
    ]
  })
}

function typeText(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map(value => `\`${String(value)}\``).join(', ')
  if (node.anyOf !== undefined) return node.anyOf.map(typeText).join(' or ')
  if (node.type === 'array') return 'list'
  if (node.type === 'object') return 'section'
  if (node.type === 'integer') return rangeText(node)
  return String(node.type)
}

function rangeText({ minimum, maximum }: SchemaNode): string {
  const largest = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  return `integer${minimum === undefined ? '' : `, from ${minimum}`}${largest === undefined ? '' : ` to ${largest}`}`
}

function defaultText(node: SchemaNode, required: boolean): string {
  if (required) return '*required*'
  if (node.default === undefined || node.type === 'object') return ''
  return `\`${JSON.stringify(node.default)}\``
}
