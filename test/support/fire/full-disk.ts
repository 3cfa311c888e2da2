import { startTimeOf } from '../../../stack/process-table.ts'
import type { Accident } from './scene.ts'
import { atWork, happened } from './happened.ts'

/** The target's disk is full: it refuses rows, or panics because it cannot write its log. The sink shows it, and goes on. */
export const fullDisk: Accident = async ({ servers: { target, targetDisk }, sink, timeline }) => {
  if (targetDisk === null) return true
  if (!(await atWork(sink))) return false
  const isDown = () => startTimeOf(target.pid) === undefined
  const heard = sink.listen()
  targetDisk.fill()
  try {
    const hurt = await happened(() => isDown() || heard('postgres.full'))
    timeline.note(isDown() ? 'the target is down, its disk is full' : `postgres.full: ${hurt}`)
    return hurt
  } finally {
    targetDisk.free()
    if (isDown()) await target.restart()
  }
}
