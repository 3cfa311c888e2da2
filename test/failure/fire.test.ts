import { describe, onTestFinished, test } from 'vitest'
import { firePlan, killsPerRound } from '../support/fire/fire-plan.ts'
import { fireRound } from '../support/fire/fire-round.ts'
import { startFireServers } from '../support/fire/fire-servers.ts'
import { failOnLeaks } from '../support/leaks.ts'

failOnLeaks()

const plan = firePlan(process.env)
const roundMs = 1_800_000
const rounds = Math.min(1_000, Math.ceil(Math.min(plan.kills, plan.minutes * 60) / killsPerRound))
const seeds = Array.from({ length: rounds }, (_, round) => plan.seed + round * 7)

describe('nothing is lost, doubled or stepped back when everything breaks all the time', () => {
  let killed = 0
  const endMs = performance.now() + plan.minutes * 60_000

  test.for(seeds)('seed %i', { timeout: roundMs }, async (seed, { skip }) => {
    const kills = Math.min(killsPerRound, plan.kills - killed)
    if (kills <= 0 || performance.now() > endMs) skip()
    const rows = 60_000 + (seed % 5) * 30_000
    const servers = await startFireServers()
    onTestFinished(() => servers.stop())
    const onLine = (line: string) => {
      if (plan.isTold) process.stdout.write(`${line}\n`)
    }
    const report = await fireRound(servers, { seed, rows, kills, endMs, isLong: plan.isLong, onLine })
    killed += report.kills
    process.stdout.write(
      `seed ${seed}: ${report.kills} kills, ${report.transactions} transactions; ${killed} kills in all\n`,
    )
  })
})
