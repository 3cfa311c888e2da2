import { RoleProcess } from '../migration/role-process.ts'
import { atWork, happened } from './happened.ts'
import type { Accident } from './scene.ts'

/** A second sink comes, takes its share of the partitions, and goes again: in good order or not. */
export const rebalance: Accident = async ({ migration, connector, sink, timeline, random }) => {
  if (!(await atWork(connector))) return false
  const second = await RoleProcess.start('sink', migration.settings, [])
  try {
    const shared = await happened(() => second.log.includes('partitions claimed'))
    const how = random() < 0.5 ? 'stop' : 'kill'
    await sink.look(second)
    timeline.note(`the second sink goes: ${how}`)
    await second[how]()
    return shared
  } finally {
    await second.remove()
  }
}
