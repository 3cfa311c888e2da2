/**
 * The quick forms of a codec: for the common values only, on plain views and positions, which stay in registers. The plain
 * codec says what is right; a quick form writes the same bytes, or answers -1, and then the plain codec decides. It reads
 * nothing outside of the value. Views, because they move four bytes at the price of one.
 */

/** How much a step may write without looking at how much room there is. */
export const stepBytes = 48

/** Steps that may follow each other without making room. */
export const stepsPerFunction = 40

/** Room that every step finds. One that writes more than `stepBytes` leaves this much behind, or answers -1. */
export const margin = stepBytes * stepsPerFunction

/** Writes the Avro form of the text `source[start, start + length)` at `position`. Returns where it ends, or -1. */
// oxlint-disable-next-line max-params -- positions are numbers, not objects
export type Put = (
  source: DataView,
  start: number,
  length: number,
  target: DataView,
  position: number,
) => number

/**
 * Writes the Avro value at `start` at `position`, as COPY's text form has it: only text without anything to escape.
 * Returns where it ends, or -1. The caller has seen that the value lies within its record.
 */
export type Take = (source: DataView, start: number, target: DataView, position: number) => number
