import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** Everything breaks all the time in it while the clocks of servers run: nothing else may run beside it. */
const fire = 'test/failure/fire.test.ts'

/** One project per kind of test. Limits of time are for slow machines: they end what hangs, and judge nothing. */
const quick = (name: string) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: '100%',
  },
})

const onServers = {
  globalSetup: ['test/support/servers-setup.ts'],
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000, interval: 20 } },
}

/** They wait more than they work, so their files run beside each other. Each test keeps to databases and names of its own. */
const shared = (name: string) => ({
  extends: true as const,
  test: {
    ...onServers,
    name,
    include: [`test/${name}/**/*.test.ts`],
    exclude: [fire],
    // A file leaves nothing behind for the next one, and to load everything for each of them takes a minute of two cores.
    isolate: false,
    maxWorkers: 3,
    sequence: { groupOrder: 1 },
  },
})

const alone = (name: string, file: string) => ({
  extends: true as const,
  test: { ...onServers, name, include: [file], maxWorkers: 1, sequence: { groupOrder: 2 } },
})

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      quick('unit'),
      quick('property'),
      shared('contract'),
      shared('integration'),
      shared('failure'),
      alone('fire', fire),
    ],
  },
})
