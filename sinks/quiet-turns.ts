import type { Assignment } from './assignment.ts'

/** What is looked at for movement. */
type Stand = Pick<Assignment, 'partitions' | 'oldestMs'>

/** While nothing happens, the log is asked every so many times: each time takes requests to all brokers. */
const quietTurns = 5

/** Counts the turns in which nothing was pending at the last look, and nothing has moved since it began. */
export class QuietTurns {
  #left = 0
  #stood = ''

  /** Whether this turn can do without a look at the log. Otherwise look, and call `looked`. */
  pass(assignment: Stand): boolean {
    const stand = standOf(assignment)
    if (this.#left > 0 && this.#stood === stand) {
      this.#left--
      return true
    }
    this.#stood = stand
    return false
  }

  looked(nothingPending: boolean): void {
    this.#left = nothingPending ? quietTurns - 1 : 0
  }
}

/** Changes whenever something was fetched or applied, and as a rule with the partitions. */
function standOf({ partitions, oldestMs }: Stand): string {
  let next = 0n
  let applied = 0n
  for (const partition of partitions) {
    next += partition.next
    applied += partition.applied.nextOffset
  }
  return `${partitions.length} ${next} ${applied} ${oldestMs}`
}
