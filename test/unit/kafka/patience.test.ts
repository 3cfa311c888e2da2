import { expect, test } from 'vitest'
import { kafkajs } from '../../../kafka/kafkajs/internals.ts'
import { patiently } from '../../../kafka/patience.ts'

const [UNKNOWN_TOPIC, NOT_LEADER] = [3, 6]
const never = new AbortController().signal
/** Longer than a topic may be missing. */
const awayMs = 2_100

test('a topic that is unknown for a moment after a longer outage is not missing', async () => {
  const begun = performance.now()
  let unknown = 0
  const work = async () => {
    if (performance.now() - begun < awayMs) throw kafkajs.errorFromCode(NOT_LEADER)
    if (unknown++ === 0) throw kafkajs.errorFromCode(UNKNOWN_TOPIC)
    return 'done'
  }
  expect(await patiently('Working', work, never)).toBe('done')
})

test('a topic is not missing because it took long to hear so once', async () => {
  const work = async (attempt: number) => {
    if (attempt > 0) return 'done'
    await new Promise(resolve => setTimeout(resolve, awayMs))
    throw kafkajs.errorFromCode(UNKNOWN_TOPIC)
  }
  expect(await patiently('Working', work, never)).toBe('done')
})

test('patience ends although the error changes all the time', async () => {
  const work = async (attempt: number) => {
    throw kafkajs.errorFromCode(attempt % 2 === 0 ? NOT_LEADER : UNKNOWN_TOPIC)
  }
  await expect(patiently('Working', work, never)).rejects.toMatchObject({ code: 'kafka.unreachable' })
})
