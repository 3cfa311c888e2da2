import { startStack } from '../../stack/start-stack.ts'

// A program that owns servers, for tests that kill it. Says so in one line of JSON once they run, and waits for its end.
const { kafka, source, target } = await startStack()
process.stdout.write(
  `${JSON.stringify({ broker: kafka.brokers[0], source: source.url, target: target.url })}\n`,
)
setInterval(() => undefined, 60_000)
