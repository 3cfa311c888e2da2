import { setTimeout as sleep } from 'node:timers/promises'
import type { KeptAlive } from './kept-alive.ts'

const usualPatienceMs = 30_000
const lookMs = 50

/** Whether it came to pass within a while: not every accident hurts somebody. */
export async function happened(
  look: () => boolean | Promise<boolean>,
  patienceMs = usualPatienceMs,
): Promise<boolean> {
  const endMs = performance.now() + patienceMs
  while (performance.now() < endMs) {
    if (await look()) return true
    await sleep(lookMs)
  }
  return false
}

/** Whether a process of the role is at work: one that has just begun would not be met. */
export const atWork = (role: KeptAlive): Promise<boolean> =>
  happened(async () => (await role.current?.isReady()) === true)
