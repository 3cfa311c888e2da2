import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take more than half a minute, the longest first. Where a run ends with one of them, the other workers only wait. */
const longest = [
  'test/failure/bounded.test.ts',
  'test/failure/resume.test.ts',
  'test/failure/zombies.test.ts',
  'test/failure/kills.test.ts',
  'test/integration/postgres-stream.test.ts',
  'test/integration/migration-live.test.ts',
  'test/integration/migration-large-rows.test.ts',
  'test/failure/failing-closed-remedy.test.ts',
  'test/integration/stack-kafka.test.ts',
  'test/failure/failing-closed-source.test.ts',
  'test/integration/postgres-snapshot.test.ts',
  'test/failure/failing-closed-target.test.ts',
  'test/integration/migration-refusals.test.ts',
  'test/failure/failing-closed.test.ts',
]

/** Begins with the longest files; the others follow in the usual order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a sequencer's method, which gives a new list
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rank(one) - rank(other))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = longest.findIndex(file => moduleId.endsWith(`/${file}`))
  return place === -1 ? longest.length : place
}
