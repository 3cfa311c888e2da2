import { defineConfig } from 'vitest/config'

/** Everything breaks all the time in it while the clocks of servers run: nothing else may run beside it. */
const fire = 'test/failure/fire.test.ts'

/** One project per kind of test. Limits of time are for slow machines: they end what hangs, and judge nothing. */
const quick = (name: string) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 120_000, maxWorkers: '100%' },
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
    // They share two cores and three servers: in CI a test that failed is run once more, and the report says so. The fire is not.
    // oxlint-disable-next-line node/no-process-env -- this is where the run is set up
    retry: process.env['CI'] === undefined ? 0 : 1,
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
