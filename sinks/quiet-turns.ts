import type { Assignment } from './assignment.ts'

/** What is looked at for movement. */
type Stand = Pick<Assignment, 'partitions' | 'oldestMs'>

/** While nothing happens, the log is asked every so many times: each time takes requests to all brokers. */
const quietTurns = 5

/** Counts the turns in which nothing was pending and nothing has moved since. */
export class QuietTurns {
  #left = 0
  #stood = ''

  /** Whether this turn can do without a look at the log. */
  pass(assignment: Stand): boolean {
    if (this.#left === 0 || this.#stood !== standOf(assignment)) return false
    this.#left--
    return true
  }

  looked(assignment: Stand, nothingPending: boolean): void {
    this.#stood = standOf(assignment)
    this.#left = nothingPending ? quietTurns - 1 : 0
  }
}

/** Changes whenever something was fetched or applied, and with the partitions. */
function standOf({ partitions, oldestMs }: Stand): string {
  let next = 0n
  let applied = 0n
  for (const partition of partitions) {
    next += partition.next
    applied += partition.applied.nextOffset
  }
  return `${partitions.length} ${next} ${applied} ${oldestMs}`
}
