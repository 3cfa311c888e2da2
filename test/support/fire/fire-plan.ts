import { randomInt } from 'node:crypto'

/** How long it burns. */
export interface FirePlan {
  /** Kills of connector and sink in all. */
  readonly kills: number
  readonly minutes: number
  /** Of the first round; each round has a seed of its own. */
  readonly seed: number
  readonly isLong: boolean
  /** Tells what happens, as it happens. */
  readonly isTold: boolean
}

/** Kills of one migration, from its beginning to its end. */
export const killsPerRound = 40
/** The same accidents in the same order each time, as far as time lets it. */
const quick = { kills: 20, minutes: 10, seed: 1 }

/** What `npm run test:fire` was asked for; a short fire when nothing was. */
export function firePlan(environment: NodeJS.ProcessEnv): FirePlan {
  const numberOf = (name: string) => {
    const text = environment[`SWITCHBACK_FIRE_${name}`]
    return text === undefined || text === '' ? null : Number(text)
  }
  const kills = numberOf('KILLS')
  const minutes = numberOf('MINUTES')
  const seed = numberOf('SEED')
  const isTold = environment['SWITCHBACK_FIRE_TIMELINE'] === 'yes'
  if (kills === null && minutes === null) return { ...quick, seed: seed ?? quick.seed, isLong: false, isTold }
  return {
    isTold,
    kills: kills ?? Number.POSITIVE_INFINITY,
    minutes: minutes ?? Number.POSITIVE_INFINITY,
    seed: seed ?? randomInt(2 ** 31),
    isLong: true,
  }
}
