import { defineConfig } from 'vitest/config'

/** One project per kind of test. Kinds that start real servers run their files one after the other: two cores. */
const quick = (name: string) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`] },
})
const slow = (name: string) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: ['test/support/servers-setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
})

export default defineConfig({
  test: {
    projects: [quick('unit'), quick('property'), slow('contract'), slow('integration'), slow('failure')],
  },
})
