import type { Migration } from '../migration/migration.ts'
import type { FireServers } from './fire-servers.ts'
import type { KeptAlive } from './kept-alive.ts'
import type { Timeline } from './timeline.ts'

/** All that can break. */
export interface Scene {
  readonly servers: FireServers
  readonly migration: Migration
  readonly connector: KeptAlive
  readonly sink: KeptAlive
  readonly timeline: Timeline
  readonly random: () => number
}

/** Resolves with false when it did not hurt anybody this time. */
export type Accident = (scene: Scene) => Promise<boolean>
export type NamedAccident = readonly [name: string, accident: Accident]
