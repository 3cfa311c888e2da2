/** The known key that a misspelt one most likely means, or null when none is near. */
export function nearestKey(written: string, known: readonly string[]): string | null {
  let nearest: string | null = null
  let smallest = Math.max(2, Math.floor(written.length / 3)) + 1
  for (const key of known) {
    const distance = editDistance(written.toLowerCase(), key.toLowerCase())
    if (distance >= smallest) continue
    nearest = key
    smallest = distance
  }
  return nearest
}

/** Levenshtein's distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [row, letter] of Array.from(a).entries()) {
    const current = [row + 1]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    above = current
  }
  return above[b.length] ?? 0
}
