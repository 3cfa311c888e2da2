/** The whole number that an option of a program has been given. Throws a message for people if it is none, or too small. */
export function countOption(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new Error(`--${name} takes a whole number of at least ${least}, not "${text}"`)
}
