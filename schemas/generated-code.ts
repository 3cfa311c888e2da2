import { stepsPerFunction } from './codecs/fast/fast-codec.ts'

/**
 * Code made of text. Only this project's own text and numbers may be put into it: names of columns and types come in as
 * comments alone, and values as parameters.
 */

/** Whether this process may make code of text: `--disallow-code-generation-from-strings` forbids it. */
export function mayGenerate(): boolean {
  try {
    compile('return true', {})
    return true
  } catch (error) {
    if (error instanceof EvalError) return false
    throw error
  }
}

/** Runs `source` as the body of a function whose parameters are `parts` by name. */
export function compile(source: string, parts: Readonly<Record<string, unknown>>): unknown {
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- this is the one place that does it
  return new Function(...Object.keys(parts), `'use strict'\n${source}`)(...Object.values(parts))
}

/** Foreign text as it may stand behind `//`: quoted, and printable ASCII only, so that it cannot end the line. */
export function inComment(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Cuts the steps into groups of one function each: the engine does not optimise functions of any length. */
export function inGroups<Step>(steps: readonly Step[]): readonly (readonly Step[])[] {
  return Array.from({ length: Math.ceil(steps.length / stepsPerFunction) }, (_, group) =>
    steps.slice(group * stepsPerFunction, (group + 1) * stepsPerFunction),
  )
}
