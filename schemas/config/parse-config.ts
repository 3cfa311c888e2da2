import { LineCounter, parseDocument } from 'yaml'
import type * as z from 'zod'
import { MigrationError } from '../../core/errors.ts'
import { type ConfigProblem, configProblems } from './config-problems.ts'
import { resolveKafka } from './kafka-section.ts'
import type { MigrationConfig } from './migration-config.ts'
import { migrationSchema } from './migration-schema.ts'
import { resolvePostgres } from './postgres-section.ts'
import { resolveRegistry } from './registry-section.ts'
import { type Environment, type ReadFile, type SecretReader, secretReader } from './secret-reader.ts'

/**
 * Reads a migration's YAML. Throws `config.unreadable` for broken YAML, `config.invalid` with every problem in
 * `details.problems`, and `secret.missing` with every secret that is not there.
 */
export function parseConfig(text: string, env: Environment, readFile: ReadFile): MigrationConfig {
  const raw = parseYaml(text)
  const secrets = secretReader(env, readFile)
  const config = resolve(raw, secrets)
  secrets.finish()
  return config
}

function parseYaml(text: string): z.output<typeof migrationSchema> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  if (document.errors.length > 0) {
    const messages = document.errors.map(error =>
      (error.message.split('\n', 1)[0] ?? error.code).replace(/:$/, ''),
    )
    throw new MigrationError('config.unreadable', messages.join('\n'), { details: { problems: messages } })
  }
  const result = migrationSchema.safeParse(document.toJS(), { reportInput: true })
  if (result.success) return result.data
  const problems = configProblems(result.error.issues, document, lines)
  throw new MigrationError('config.invalid', problems.map(problemText).join('\n'), { details: { problems } })
}

function problemText({ path, line, column, message }: ConfigProblem): string {
  const place = line === null ? '' : ` (line ${line}, column ${column})`
  return `${path === '' ? 'the file' : path}${place}: ${message}`
}

function resolve(raw: z.output<typeof migrationSchema>, read: SecretReader): MigrationConfig {
  const { migration, source, targets, snapshot, sink, http } = raw
  return {
    migration,
    source: { ...source, postgres: resolvePostgres(source.postgres, 'source.postgres', read) },
    targets: targets.map((target, index) => ({
      ...target,
      postgres: resolvePostgres(target.postgres, `targets[${index}].postgres`, read),
    })),
    kafka: resolveKafka(raw.kafka, read),
    registry: resolveRegistry(raw.registry, read),
    snapshot,
    sink,
    http,
  }
}
