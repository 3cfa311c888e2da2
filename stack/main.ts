import { once } from 'node:events'
import { startStack } from './start-stack.ts'

// For people: `npx tsx stack/main.ts` starts a broker and two databases, says where they are, and stops them at Ctrl-C.
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
const stack = await startStack()
process.stdout.write(`
SWITCHBACK_TEST_KAFKA_BROKERS=${stack.kafka.brokers.join(',')}
SWITCHBACK_TEST_SOURCE_URL=${stack.source.url}
SWITCHBACK_TEST_TARGET_URL=${stack.target.url}

Source: PostgreSQL ${stack.source.version}. Target: PostgreSQL ${stack.target.version}. Ctrl-C stops all and removes their data.
`)
await interrupted
await stack.stop()
