import { onTestFinished, test } from 'vitest'
import { startKafkaCluster } from '../../stack/kafka/start-kafka-cluster.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { endsEqual } from '../support/migration/ends-equal.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { openShop } from '../support/migration/shop.ts'

failOnLeaks()

/** A broker comes up six times in all, beside other tests. */
const longMs = 600_000

test('nothing is lost or doubled when the brokers of a cluster are killed one after the other', {
  timeout: longMs,
}, async () => {
  const cluster = await startKafkaCluster(3)
  onTestFinished(async () => void (await Promise.all(cluster.map(node => node.stop()))))
  const kafka = { brokers: cluster.flatMap(({ brokers }) => brokers) }
  const migration = await openMigration({ include: ['shop.*'], kafka })
  migration.settings.kafka.replication = 3
  migration.settings.snapshot = { readers: 1, chunkBytes: 65_536 }
  migration.settings.sink = { batchBytes: 65_536 }
  const shop = await openShop(migration, 15_000)
  await migration.start('sink')
  await migration.start('connector')
  for (const node of cluster) {
    const { targets } = await migration.status()
    const before = targets[0]?.appliedEvents ?? 0
    await shop.works(20)
    await node.kill()
    // The others have taken over what it led.
    await migration.until(now => (now.targets[0]?.appliedEvents ?? 0) > before + 500)
    await node.restart()
  }
  await endsEqual(migration, shop)
})
