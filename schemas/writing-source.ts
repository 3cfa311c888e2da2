import { inGroups } from './generated-code.ts'

/** What is different of them. */
export interface WritingFunctions {
  /** Their names are this with the number of the group behind it. */
  readonly name: string
  readonly parameters: string
  /** The first lines of each: what the steps read. `out` is a parameter, `views` and `margin` are known around them. */
  readonly opening: string
  /** A number that steps keep for themselves. */
  readonly own: string
}

/**
 * Functions of generated code that write one column behind the other, and the calls of them. A step writes into the view `target`
 * from `at` on, where there is room for a `margin`, and moves `at` on; whoever lets others write to `out` takes `target` anew.
 */
export function writingSource(steps: readonly string[], functions: WritingFunctions) {
  const groups = inGroups(steps)
  const { name, parameters } = functions
  return {
    functions: groups.map((group, i) => functionSource(group, { ...functions, name: `${name}${i}` })),
    calls: groups.map((_, i) => `  ${name}${i}(${parameters})`),
  }
}

function functionSource(steps: readonly string[], { name, parameters, opening, own }: WritingFunctions) {
  return `function ${name}(${parameters}) {
${opening}
  out.reserve(margin)
  let target = out.view
  let at = out.position
  let ${own} = 0
  let next = 0
${steps.join('\n')}
  out.position = at
}
`
}
