import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exampleConfig } from '../cli/example-config.ts'
import { migrationJsonSchema } from '../schemas/config/migration-schema.ts'
import { cliPage } from './pages/cli-page.ts'
import { configurationPage } from './pages/configuration-page.ts'
import { errorsPage } from './pages/errors-page.ts'
import { metricsPage } from './pages/metrics-page.ts'

const pages: Readonly<Record<string, string>> = {
  'errors.md': errorsPage(),
  'configuration.md': configurationPage(),
  'metrics.md': metricsPage(),
  'cli.md': cliPage(),
  'migration.schema.json': `${JSON.stringify(migrationJsonSchema(), null, 2)}\n`,
  'examples/postgres-to-postgres.yaml': exampleConfig,
}

if (process.argv.includes('--check')) check()
else for (const [name, text] of Object.entries(pages)) writeFileSync(pathOf(name), text)

/** Fails when a page is not what it would be if it were generated now. */
function check(): void {
  const stale = Object.entries(pages).filter(([name, text]) => written(name) !== text)
  if (stale.length === 0) return
  process.stderr.write(
    `Not up to date: ${stale.map(([name]) => `docs/${name}`).join(', ')}. Run: npm run docs\n`,
  )
  process.exitCode = 1
}

function written(name: string): string | null {
  try {
    return readFileSync(pathOf(name), 'utf8')
  } catch {
    return null
  }
}

function pathOf(name: string): string {
  return join(import.meta.dirname, name)
}
