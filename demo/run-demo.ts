import { join } from 'node:path'
import { Cleanup } from '../core/cleanup.ts'
import { freePort } from '../stack/free-port.ts'
import { startStack } from '../stack/start-stack.ts'
import { keepText } from './keep-text.ts'
import { migrate } from './migrate.ts'
import { writeMigrationFile } from './migration-file.ts'
import type { DemoOptions } from './options.ts'
import { openSides } from './sides.ts'
import { differences, report } from './report.ts'
import { loadShop } from './shop/load-shop.ts'

export interface DemoSurroundings {
  readonly folder: string
  /** File descriptor for the log of Switchback. */
  readonly log: number
  readonly signal: AbortSignal
  /** Shows a text and waits until the user has had enough. */
  readonly kept: (text: string) => Promise<void>
}

/** The whole journey: servers, shop, application, migration, comparison. True when both databases are equal. */
export async function runDemo(options: DemoOptions, around: DemoSurroundings): Promise<boolean> {
  const cleanup = new Cleanup()
  try {
    say('Starting a Kafka broker, PostgreSQL 15 and PostgreSQL 18')
    const stack = await startStack()
    cleanup.add(() => stack.stop())
    around.signal.throwIfAborted()
    const ports = { registry: await freePort(), http: await freePort() }
    const file = await writeMigrationFile(join(around.folder, 'migration.yaml'), stack, ports)
    const sides = await openSides(stack, cleanup)
    say(`Filling a shop with about ${options.rows.toLocaleString('en-US')} rows`)
    await loadShop(sides.source, options.rows)
    around.signal.throwIfAborted()
    say('The application goes to work, and the migration begins\n')
    const outcome = await migrate({ options, around, sides, file, ports, cleanup })
    process.stdout.write(report(outcome))
    if (options.keep) await around.kept(keepText(sides, file, ports))
    return differences(outcome).length === 0
  } finally {
    await cleanup.run()
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
