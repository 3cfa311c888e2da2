import { startTimeOf } from '../../../stack/process-table.ts'
import { atWork, happened } from './happened.ts'
import type { Accident } from './scene.ts'

/** Requests are repeated for a while before anybody hears of it. */
const patienceMs = 60_000

/** Kafka's disk is full: it takes no writes, and mostly gives up. The connector shows it, and goes on once Kafka was started again. */
export const fullKafka: Accident = async ({ servers: { kafka, kafkaDisk }, connector, timeline }) => {
  if (kafkaDisk === null) return true
  if (!(await atWork(connector))) return false
  const heard = connector.listen()
  kafkaDisk.fill()
  try {
    return await happened(() => heard('"kafka.unreachable"'), patienceMs)
  } finally {
    timeline.note(startTimeOf(kafka.pid) === undefined ? 'Kafka is down' : 'Kafka lives')
    kafkaDisk.free()
    await kafka.restart()
  }
}
