import { steppedClock } from './clock-accident.ts'
import { fullDisk } from './full-disk.ts'
import { fullKafka } from './full-kafka.ts'
import type { KeptAlive } from './kept-alive.ts'
import { networkAccidents } from './network-accidents.ts'
import { rebalance } from './rebalance.ts'
import type { Accident, NamedAccident } from './scene.ts'
import { serverAccidents } from './server-accidents.ts'
import { zombieConnector, zombieSink } from './zombies.ts'

/** All that can happen beside kills. */
const accidents: readonly NamedAccident[] = [
  ...networkAccidents,
  ...serverAccidents,
  ["the target's disk is full", fullDisk],
  ['the clock steps', steppedClock],
  ['a second sink comes and goes', rebalance],
  ['a connector comes back late', zombieConnector],
  ['a sink comes back late', zombieSink],
]

/** It stops everything for half a minute, and what was written meanwhile takes long to catch up with: for long runs. */
const long: NamedAccident = ["Kafka's disk is full", fullKafka]

const killOne = async (role: KeptAlive): Promise<boolean> => {
  const running = role.current !== null
  await role.kill()
  return running
}

/** Each as often as it is listed. */
const kills: readonly NamedAccident[] = [
  ['kill connector', ({ connector }) => killOne(connector)],
  ['kill sink', ({ sink }) => killOne(sink)],
  ['kill connector', ({ connector }) => killOne(connector)],
  ['kill sink', ({ sink }) => killOne(sink)],
  [
    'kill both',
    async ({ connector, sink }) => (await Promise.all([killOne(connector), killOne(sink)])).every(Boolean),
  ],
]
const killShare = 0.5

/** Draws what happens next: kills by chance, and each of the others once before any comes again. */
export class Accidents {
  readonly #random: () => number
  readonly #all: readonly NamedAccident[]
  readonly #missing: Set<string>
  #deck: NamedAccident[] = []

  constructor(random: () => number, isLong: boolean) {
    this.#random = random
    this.#all = isLong ? [...accidents, long] : accidents
    this.#missing = new Set(this.#all.map(([name]) => name))
  }

  /** Those that have not hurt anybody yet. */
  get missing(): readonly string[] {
    return [...this.#missing]
  }

  next(): NamedAccident {
    if (this.#random() < killShare) return kills[Math.floor(this.#random() * kills.length)] as NamedAccident // an index of the list
    // Those that only missed come again before those that hit.
    if (this.#deck.length === 0) this.#deck = this.#shuffled(this.#left())
    const [name, accident] = this.#deck.pop() as NamedAccident // it is not empty
    return [name, this.#noting(name, accident)]
  }

  #noting(name: string, accident: Accident): Accident {
    return async scene => {
      const hurt = await accident(scene)
      if (hurt) this.#missing.delete(name)
      return hurt
    }
  }

  #left(): readonly NamedAccident[] {
    const left = this.#all.filter(([name]) => this.#missing.has(name))
    return left.length === 0 ? this.#all : left
  }

  #shuffled(list: readonly NamedAccident[]): NamedAccident[] {
    const drawn = list.map(accident => ({ accident, rank: this.#random() }))
    return drawn.toSorted((a, b) => a.rank - b.rank).map(({ accident }) => accident)
  }
}
