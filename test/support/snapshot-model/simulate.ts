import { Choices } from './choices.ts'
import { ModelDatabase } from './model-database.ts'
import { ModelRun, type Seen } from './model-run.ts'
import type { ModelRules } from './model-rules.ts'
import { BrokenPromise, ModelBag, ModelTarget } from './model-target.ts'

/** Runs a schedule to its end and applies what was published. Throws `BrokenPromise` when the target is not the source. */
export async function simulate(numbers: readonly number[], rules: ModelRules, seen: Seen): Promise<void> {
  const choices = new Choices(numbers)
  const database = new ModelDatabase()
  for (let left = choices.below(20); left > 0; left--) live(database, choices)
  const run = new ModelRun(database, rules, seen)
  while (!choices.over) {
    step(run, choices)
    await settled()
  }
  await finish(run, choices)
  compare(run, numbers)
}

/** The application does something. */
function live(database: ModelDatabase, choices: Choices): void {
  const roll = choices.below(37)
  if (roll < 12) database.begin()
  else if (roll < 26) database.commit(choices)
  else database.reveal(choices)
}

function step(run: ModelRun, choices: Choices): void {
  const roll = choices.below(100)
  if (roll < 37) live(run.database, choices)
  else if (roll < 60) run.publish()
  else if (roll < 70) run.commit()
  else if (roll < 75) run.probe()
  else if (roll < 80) run.mark()
  else if (roll < 98) run.read(choices)
  else if (roll < 99) run.crash()
  else run.alter(choices)
}

/** Everybody goes on without faults until nothing is left to do. */
async function finish(run: ModelRun, choices: Choices): Promise<void> {
  const calm = new Choices([])
  for (let round = 0; round < 2_000; round++) {
    while (run.database.running.length > 0) run.database.commit(calm)
    while (run.database.invisible.length > 0) run.database.reveal(choices)
    for (let left = 0; left < 20; left++) run.publish()
    run.probe()
    run.mark()
    // Every reader gets its turn: the numbers below are the readers'.
    for (const reader of [0, 1, 2]) run.read(new Choices([reader, 1, 1, 1]))
    run.commit()
    await settled()
    if (run.copied && run.drained) return
  }
  throw new BrokenPromise('the copy does not end')
}

function compare(run: ModelRun, numbers: readonly number[]): void {
  const now = run.database.snapshot()
  const order = new Choices(numbers.toReversed())
  const target = new ModelTarget()
  target.apply(run.kafka.keyed, order)
  const rows = [...target.rows.values()].toSorted((one, other) => one.key - other.key)
  mustEqual(rows, run.database.rows('keyed', now), 'keyed table')
  const bag = new ModelBag()
  bag.apply(run.kafka.bag[0] ?? [])
  const bagRows = bag.rows.toSorted((one, other) => one.key - other.key)
  mustEqual(bagRows, run.database.rows('bag', now), 'table without a key')
}

function mustEqual(target: unknown, source: unknown, what: string): void {
  const [one, other] = [JSON.stringify(target), JSON.stringify(source)]
  if (one !== other) throw new BrokenPromise(`${what}: the target has ${one}, the source ${other}`)
}

/** Lets promises that have resolved be noticed. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve()
}
