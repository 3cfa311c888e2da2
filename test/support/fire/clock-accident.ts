import { atWork, happened } from './happened.ts'
import type { Accident } from './scene.ts'

/** The next process of a role lives with a clock that is set all the time. */
export const steppedClock: Accident = async ({ connector, sink, random }) => {
  const role = random() < 0.5 ? connector : sink
  await role.kill({ withSteppedClock: true })
  const heard = role.listen()
  return (await atWork(role)) && happened(() => heard('the clock steps'))
}
