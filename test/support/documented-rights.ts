import { readFileSync } from 'node:fs'
import type { KafkaRight } from './secured-kafka.ts'

/** The statements of docs/postgres.md that make the user of a source or target. */
export function documentedStatements(side: 'Source' | 'Target'): readonly string[] {
  const section = readFileSync('docs/postgres.md', 'utf8').split(`\n## ${side}\n`)[1] ?? ''
  const statements = /\*\*The user\*\* needs\n\n((?: {4}.*\n)+)/.exec(section)?.[1] ?? ''
  return statements
    .split('\n')
    .map(line => line.replace(/--.*/, '').trim())
    .filter(line => line !== '')
}

/** The table of docs/kafka.md, for a migration and its target `new`. */
export function documentedKafkaRights(migration: string): readonly KafkaRight[] {
  const section = readFileSync('docs/kafka.md', 'utf8').split('\n## Rights\n')[1]?.split('\n## ')[0] ?? ''
  const rows = section.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| ---'))
  return rows.slice(1).flatMap(row => {
    const [, who = '', what = '', operations = ''] = row.split('|').map(cell => cell.trim())
    return namesIn(what, migration).flatMap(({ resource, name }) =>
      operations.split(', ').map(operation => ({ principal: principalOf(who), resource, name, operation })),
    )
  })
}

/** Commands that end by themselves are run by one user here. */
function principalOf(who: string): string {
  if (who.startsWith('connector')) return 'connector'
  return who === 'sink' ? 'sink' : 'operator'
}

function namesIn(what: string, migration: string): readonly Pick<KafkaRight, 'resource' | 'name'>[] {
  const resource = (['topic', 'group', 'transactional'] as const).find(kind => what.startsWith(kind))
  if (resource === undefined) throw new Error(`docs/kafka.md: ${what} is no resource`)
  const names = [...what.matchAll(/`([^`]+)`/g)].map(match => match[1] ?? '')
  return names.map(name => ({
    resource,
    name: name.replace('<migration>', migration).replace('<target>', 'new'),
  }))
}
