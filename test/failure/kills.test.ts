import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import { endsEqual } from '../support/migration/ends-equal.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import type { RoleName, RoleProcess } from '../support/migration/role-process.ts'
import { seeded } from '../support/migration/seeded.ts'
import { openShop } from '../support/migration/shop.ts'

failOnLeaks()

const rounds = 4

interface Disturbance {
  /** All that run; one of `ended` is ended in each round. */
  readonly roles: readonly RoleName[]
  readonly ended: readonly RoleName[]
  readonly how: 'kill' | 'stop'
  readonly seed: number
}

const disturbances: readonly (readonly [name: string, Disturbance])[] = [
  ['the connector is killed', { roles: ['sink', 'connector'], ended: ['connector'], how: 'kill', seed: 1 }],
  ['the sink is killed', { roles: ['sink', 'connector'], ended: ['sink'], how: 'kill', seed: 2 }],
  ['all in one process is killed', { roles: ['run'], ended: ['run'], how: 'kill', seed: 3 }],
  [
    'connector and sink are stopped',
    { roles: ['sink', 'connector'], ended: ['sink', 'connector'], how: 'stop', seed: 4 },
  ],
]

test.for(disturbances)('nothing is lost or doubled when %s again and again', async ([, disturbance]) => {
  const migration = await openMigration({ include: ['shop.*'] })
  migration.settings.snapshot = { readers: 1, chunkBytes: 65_536 }
  migration.settings.sink = { batchBytes: 65_536 }
  const shop = await openShop(migration, 15_000)
  await disturb(migration, disturbance)
  await endsEqual(migration, shop)
})

async function disturb(migration: Migration, { roles, ended, how, seed }: Disturbance): Promise<void> {
  const random = seeded(seed)
  const running = new Map<RoleName, RoleProcess>()
  // Slow until the copy is held.
  migration.settings.source.limits = { rowsPerSecond: 500 }
  for (const role of roles) running.set(role, await migration.start(role))
  const goOn = await holdCopy(migration)
  delete migration.settings.source.limits
  for (const role of running.values()) role.configure(migration.settings)
  for (let round = 0; round < rounds; round++) {
    if (round === 0) await amidCopy(migration)
    // From just after the start to well into its work.
    else await sleep(1_000 + random() * 2_500)
    const victim = ended[round % ended.length] ?? 'run'
    await running.get(victim)?.[how]()
    running.set(victim, await migration.start(victim))
    if (round === 0) await goOn()
  }
}

/** The last table to be copied cannot be read until this is told to go on: the copy does not end before the first kill. */
async function holdCopy(migration: Migration): Promise<() => Promise<void>> {
  await migration.until(({ tables }) => tables.length > 0)
  const { client } = migration.source
  await client.query('BEGIN')
  await client.query('LOCK TABLE shop.products IN ACCESS EXCLUSIVE MODE')
  return async () => {
    await client.query('COMMIT')
  }
}

/** Rows have been published and applied, and others are still to be copied. */
async function amidCopy(migration: Migration): Promise<void> {
  const { tables } = await migration.until(({ targets }) => targets.some(target => target.appliedEvents > 0))
  expect(tables.map(({ snapshot }) => snapshot).filter(phase => phase !== 'copied')).not.toEqual([])
}
