import { kafkaOptions } from '../control/kafka-options.ts'
import { StatusReader } from '../control/status-reader.ts'
import { copied, drained } from '../control/until-status.ts'
import type { Cleanup } from '../core/cleanup.ts'
import { silent } from '../core/telemetry.ts'
import { sleep } from '../core/time.ts'
import { openKafkaLog } from '../kafka/kafkajs-log.ts'
import { type DemoPorts, type MigrationFile, readMigrationFile } from './migration-file.ts'
import { MigrationProcess } from './migration-process.ts'
import type { DemoOptions } from './options.ts'
import { processMetrics } from './process-metrics.ts'
import type { Outcome } from './report.ts'
import type { DemoSurroundings } from './run-demo.ts'
import { Application } from './shop/application.ts'
import { digests, money } from './shop/compare.ts'
import type { Sides } from './sides.ts'

export interface Journey {
  readonly options: DemoOptions
  readonly around: DemoSurroundings
  readonly sides: Sides
  readonly file: MigrationFile
  readonly ports: DemoPorts
  readonly cleanup: Cleanup
}

/** Application and migration at work at the same time, up to the moment in which both databases should be equal. */
export async function migrate(journey: Journey): Promise<Outcome> {
  const { sides, file, around, cleanup } = journey
  const over = new AbortController()
  const signal = AbortSignal.any([around.signal, over.signal])
  const status = openStatus(file, cleanup)
  const moneyBefore = await money(sides.source)
  const shop = openShop(journey)
  const migration = new MigrationProcess(file, around.log)
  cleanup.add(() => migration.stop())
  const failure = Promise.race([shop.failed, migration.ended()])
  failure.catch(() => undefined)
  // Whoever still waits for something when it has failed must not keep the process.
  cleanup.add(async () => over.abort())
  const startedMs = Date.now()
  await Promise.race([copied(status, 10_000, signal), failure])
  const copySeconds = (Date.now() - startedMs) / 1000
  await Promise.race([sleep(journey.options.seconds * 1000, signal), failure])
  await shop.close()
  const closedMs = Date.now()
  const last = await Promise.race([drained(sides.source, status, signal), failure])
  const drainSeconds = (Date.now() - closedMs) / 1000
  const usage = migration.usage()
  const metric = await processMetrics(journey.ports.http)
  if (!journey.options.keep) await migration.stop()
  return {
    source: await digests(sides.source, 'shop'),
    target: await digests(sides.target, 'shop'),
    moneyBefore,
    moneyAfter: { source: await money(sides.source), target: await money(sides.target) },
    status: last,
    usage,
    events: metric('switchback_events_total'),
    skipped: metric('switchback_skipped_events_total'),
    copySeconds,
    drainSeconds,
    transactions: shop.application.transactions,
  }
}

function openShop({ sides, options, cleanup }: Journey) {
  const application = new Application({
    url: sides.sourceUrl,
    connections: 3,
    pauseMs: 5,
    rows: options.rows,
  })
  const closing = new AbortController()
  const running = application.run(closing.signal)
  const close = async () => {
    closing.abort()
    await running
  }
  cleanup.add(() => close().catch(() => undefined))
  // Only its failure is of interest: closing it is no end of the journey.
  const failed = running.then(() => new Promise<never>(() => undefined))
  return { application, close, failed }
}

function openStatus(file: MigrationFile, cleanup: Cleanup): StatusReader {
  const config = readMigrationFile(file)
  const log = openKafkaLog(kafkaOptions(config, 'demo', silent))
  cleanup.add(() => log.close())
  const status = new StatusReader(config, log)
  cleanup.add(() => status.close())
  return status
}
