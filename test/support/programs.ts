import { inject } from 'vitest'
import type { BuiltPrograms } from './build-programs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    programs: BuiltPrograms
  }
}

/** Where the programs of this run are: they are built once, before the tests. */
export function programs(): BuiltPrograms {
  return inject('programs')
}
