import type { DemoPorts, MigrationFile } from './migration-file.ts'
import type { Sides } from './sides.ts'

/** Where everything is, and what to try. */
export function keepText(sides: Sides, file: MigrationFile, ports: DemoPorts): string {
  const variables = Object.entries(file.env).map(([name, value]) => `export ${name}=${value}`)
  return `
All is left running until Ctrl-C.

  source     ${sides.sourceUrl}
  target     ${sides.targetUrl}
  metrics    http://127.0.0.1:${ports.http}/metrics
  registry   http://127.0.0.1:${ports.registry}/subjects
  file       ${file.path}

Try in another terminal:

  ${variables.join('\n  ')}
  npx tsx cli/main.ts status -c ${file.path} --watch
  npx tsx cli/main.ts dead-letters list -c ${file.path}
`
}
