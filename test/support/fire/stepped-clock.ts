import { seeded } from '../migration/seeded.ts'

const everyMs = 400
const farthestMs = 12 * 3_600_000

/** From now on the clock of this process is set to another time again and again, up to hours away. */
export function stepClock(seed: number, say: (text: string) => void): void {
  const random = seeded(seed)
  const RealDate = globalThis.Date
  let aheadMs = 0
  const nowMs = () => RealDate.now() + aheadMs
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values: readonly unknown[]) =>
      // Whatever it is called with, it knows itself.
      Reflect.construct(target, values.length === 0 ? [nowMs()] : values) as Date,
    get: (target, name) => (name === 'now' ? nowMs : (Reflect.get(target, name) as unknown)),
  })
  setInterval(() => {
    aheadMs = Math.round((random() * 2 - 1) * farthestMs)
    say(`the clock steps to ${new Date().toISOString()}\n`)
  }, everyMs).unref()
}
