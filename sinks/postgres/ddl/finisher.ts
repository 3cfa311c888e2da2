import type { Client } from 'pg'
import type { Finding } from '../../../core/finding.ts'
import type { Telemetry } from '../../../core/telemetry.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { Log } from '../../../kafka/log.ts'
import type { TableState } from '../../../schemas/state.ts'
import { StateReader } from '../../../schemas/stored-state.ts'
import { stateTopic } from '../../../schemas/topic-names.ts'
import { AttemptPace } from './attempt-pace.ts'
import { copiedTables, FinishBarrier } from './finish-barrier.ts'
import { analyzeTables, finishTables } from './finish-tables.ts'

export interface FinisherParts {
  readonly migration: string
  /** Name of the target. */
  readonly target: string
  /** A session with an empty search path. */
  readonly client: Client
  readonly log: Log
  readonly telemetry: Telemetry
  /** Pause after the first refusal; later ones are longer. */
  readonly firstPauseMs: number
}

const takeLock = `SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('switchback finish ' || $1, 0)) AS taken`
const giveLock = `SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended('switchback finish ' || $1, 0))`

/** Completes the tables of a target as soon as that can be done, and again whenever tables were added or changed. */
export class Finisher {
  readonly #parts: FinisherParts
  readonly #reader: StateReader
  readonly #pace: AttemptPace
  #tables: readonly TableState[] = []
  #barrier: FinishBarrier | null = null
  /** What the last attempt on these tables left; null before the first. */
  #refused: readonly Finding[] | null = null

  constructor(parts: FinisherParts) {
    this.#parts = parts
    this.#reader = new StateReader(parts.log, stateTopic(parts.migration))
    this.#pace = new AttemptPace(parts.firstPauseMs)
  }

  /** Looks how things are, and does what can be done now. */
  async step(signal: AbortSignal): Promise<void> {
    const { client, migration } = this.#parts
    const copied = await this.#copiedTables(signal)
    if (copied === null) return
    const barrier = await this.#barrierFor(copied)
    if (this.#refused?.length === 0 || !this.#pace.isDue()) return
    if (!(await barrier.isPassed(client, migration, signal))) return
    const refused = await this.#finishAlone(signal)
    if (refused === null || signal.aborted) return
    this.#report(refused)
    this.#refused = refused
    this.#pace.attempted()
  }

  /** The tables when all of them are copied, else null. The connector makes the state topic; until then there are none. */
  async #copiedTables(signal: AbortSignal): Promise<readonly TableState[] | null> {
    const { log, migration } = this.#parts
    const topic = stateTopic(migration)
    if (!(await log.topics(topic)).includes(topic)) return null
    return copiedTables(await this.#reader.refresh(signal))
  }

  async #barrierFor(tables: readonly TableState[]): Promise<FinishBarrier> {
    if (this.#barrier !== null && isSame(tables, this.#tables)) return this.#barrier
    const barrier = await FinishBarrier.at(this.#parts.log, tables)
    this.#tables = tables
    this.#barrier = barrier
    this.#refused = null
    this.#pace.reset()
    return barrier
  }

  /** The findings of an attempt; null when another process is at it. */
  async #finishAlone(signal: AbortSignal): Promise<readonly Finding[] | null> {
    const { client, migration, target, telemetry } = this.#parts
    const [lock] = await query<{ taken: boolean }>(client, 'take the lock of the finish', takeLock, [
      migration,
    ])
    if (!lock?.taken) return null
    try {
      const schemas = this.#tables.map(({ schema }) => schema)
      const observer = {
        begins: (object: string) => telemetry.log.info({ target, object }, 'building'),
        built: (object: string, seconds: number) => telemetry.log.info({ target, object, seconds }, 'built'),
      }
      const refused = await finishTables(client, schemas, observer, signal)
      await analyzeTables(client, schemas)
      return refused
    } finally {
      // A lost connection gives the lock back by itself.
      await client.query(giveLock, [migration]).catch(() => undefined)
    }
  }

  /** Says each refusal once, however often it is tried again. */
  #report(refused: readonly Finding[]): void {
    const { telemetry, target } = this.#parts
    telemetry.set('switchback_refused_objects', refused.length, { target })
    const known = new Set(this.#refused?.map(refusalId))
    for (const finding of refused) {
      const { code, subject, message } = finding
      if (!known.has(refusalId(finding)))
        telemetry.log.warn(
          { target, code, object: subject, reason: message },
          'target refuses an index or constraint',
        )
    }
    if (refused.length === 0) telemetry.log.info({ target }, 'all indexes and constraints are built')
  }
}

function refusalId({ subject, message }: Finding): string {
  return JSON.stringify([subject, message])
}

/** State records are read once, so a table that did not change is the same object. */
function isSame(one: readonly TableState[], other: readonly TableState[]): boolean {
  return one.length === other.length && one.every((table, index) => table === other[index])
}
