import { dirname, isAbsolute, join } from 'node:path'
import { MigrationError } from '../core/errors.ts'
import { configSecrets } from '../schemas/config/config-secrets.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import { parseConfig } from '../schemas/config/parse-config.ts'
import type { CliContext } from './cli-context.ts'

/** Reads the configuration; files that it names are looked for beside it. From then on nothing prints its secrets. */
export function loadConfig(context: CliContext, path: string): MigrationConfig {
  const beside = (file: string): string =>
    context.readFile(isAbsolute(file) ? file : join(dirname(path), file))
  const config = parseConfig(configText(context, path), context.env, beside)
  context.hide(configSecrets(config))
  return config
}

function configText(context: CliContext, path: string): string {
  try {
    return context.readFile(path)
  } catch (cause) {
    throw new MigrationError('config.unreadable', `the file ${path} cannot be read`, {
      cause,
      details: { path },
    })
  }
}
