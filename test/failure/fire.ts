import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

// npm run test:fire -- --minutes N | --kills N [--seed S]
const { values } = parseArgs({
  options: { minutes: { type: 'string' }, kills: { type: 'string' }, seed: { type: 'string' } },
})
const asked = Object.entries(values).map(([name, value]) => [`SWITCHBACK_FIRE_${name.toUpperCase()}`, value])
const vitest = ['vitest', 'run', '--project', 'fire', '--bail', '1', 'test/failure/fire.test.ts']
const { status } = spawnSync('npx', vitest, {
  stdio: 'inherit',
  env: { ...process.env, ...Object.fromEntries(asked) },
})
process.exitCode = status ?? 1
