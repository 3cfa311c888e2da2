import type { Migration } from '../migration/migration.ts'
import { RoleProcess } from '../migration/role-process.ts'
import { killPoints } from './kill-point.ts'
import type { Timeline } from './timeline.ts'

const keptLogs = 12
const keptLogChars = 6_000

export interface KeptAliveParts {
  readonly migration: Migration
  readonly role: 'connector' | 'sink'
  readonly timeline: Timeline
  readonly random: () => number
  /** How often a process is given a place to die at. */
  readonly fatal: number
}

/** A role that is started again whenever it is killed, as an operator's supervisor does. */
export class KeptAlive {
  kills = 0
  /** The process that runs now. */
  current: RoleProcess | null = null
  /** It has a place to die at, or lives with a wrong clock. */
  isMortal = false
  /** What no process is allowed to do: end by itself. */
  failure: Error | null = null
  readonly role: 'connector' | 'sink'
  /** The ends of the logs of those that are gone. */
  readonly logs: string[] = []
  readonly #parts: KeptAliveParts
  readonly #skipped = new Map<RoleProcess, number>()
  #stopping = false
  #calm = false
  #stepsClock = false
  #release: () => void = () => undefined
  #starting: Promise<RoleProcess> | null = null
  readonly #running: Promise<void>
  #started = 0

  constructor(parts: KeptAliveParts) {
    this.#parts = parts
    this.role = parts.role
    this.#running = this.#run().catch((error: unknown) => {
      this.failure ??= error instanceof Error ? error : new Error(String(error))
    })
  }

  /** Events that its processes have skipped, as far as they told before they died. */
  get skipped(): number {
    return [...this.#skipped.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Kills the process that runs; another one is started at once, perhaps with a clock that is set all the time. */
  async kill({ withSteppedClock = false } = {}): Promise<void> {
    const { current } = this
    this.#stepsClock = withSteppedClock
    this.current = null
    await current?.kill()
  }

  /** The process that runs is from now on the caller's, and another one is started beside it. */
  release(): RoleProcess | null {
    const { current } = this
    this.current = null
    if (current !== null) this.#release()
    return current
  }

  /** From now on nothing kills itself. */
  async calm(): Promise<void> {
    this.#calm = true
    await this.kill()
  }

  /** Ends the process in good order. */
  async stop(): Promise<void> {
    this.#stopping = true
    await (await this.#starting)?.stop()
    await this.#running
  }

  /** Ends everything in any order. */
  async abandon(): Promise<void> {
    this.#stopping = true
    await (await this.#starting)?.kill()
    await this.#running
  }

  /** Tells whether a text has been written since now, by the process that runs or by one that follows it. */
  listen(): (text: string) => boolean {
    const then = this.current
    const written = then?.log.length ?? 0
    return text => {
      const { current } = this
      return current?.log.slice(current === then ? written : 0).includes(text) === true
    }
  }

  /** The end of the log of the process that runs. */
  get lastWords(): string {
    const { current } = this
    return current === null
      ? `--- ${this.role}: none runs`
      : `--- ${this.role} #${this.#started} runs\n${current.log.slice(-keptLogChars)}`
  }

  /** Counts what a process has skipped. */
  async look(process = this.current): Promise<void> {
    if (process === null) return
    try {
      this.#skipped.set(process, await process.metric('switchback_skipped_events_total'))
    } catch {
      // It is starting, or gone.
    }
  }

  /** Removes a process that has ended, and keeps the end of its log. */
  async bury(process: RoleProcess, how: string): Promise<void> {
    const { timeline, role } = this.#parts
    timeline.note(`${role} ${how}`)
    this.logs.push(`--- ${role}: ${how}\n${process.log.slice(-keptLogChars)}`)
    if (this.logs.length > keptLogs) this.logs.shift()
    if (this.current === process) this.current = null
    await process.remove()
  }

  async #run(): Promise<void> {
    while (!this.#stopping && this.failure === null) {
      this.#starting = this.#start()
      const process = await this.#starting
      const released = new Promise<'released'>(resolve => {
        this.#release = () => resolve('released')
      })
      this.current = process
      const code = await Promise.race([process.ended(), released])
      if (code !== 'released') await this.#ended(process, code)
    }
  }

  async #ended(process: RoleProcess, code: number): Promise<void> {
    const killed = Number.isNaN(code)
    const name = `${this.role} #${this.#started}`
    if (killed) this.kills++
    else if (!this.#stopping || code !== 0) {
      this.failure = new Error(`${name} ended with ${code}:\n${process.log.slice(-keptLogChars)}`)
    }
    await this.bury(process, killed ? `#${this.#started} was killed` : `#${this.#started} ended with ${code}`)
  }

  async #start(): Promise<RoleProcess> {
    const { migration, role, timeline } = this.#parts
    this.#started++
    const [what, args] = this.#fate()
    this.isMortal = what !== ''
    timeline.note(`${role} #${this.#started} starts${what}`)
    return args.length === 0
      ? RoleProcess.start(role, migration.settings, [])
      : RoleProcess.start(role, migration.settings, args, 'fatalRole')
  }

  /** What the next process has to live with, in words and as its options. */
  #fate(): readonly [what: string, args: readonly string[]] {
    const { role, random, fatal } = this.#parts
    const stepsClock = this.#stepsClock
    this.#stepsClock = false
    if (this.#calm) return ['', []]
    if (stepsClock) return [', its clock steps', ['--step-clock', String(this.#started)]]
    if (random() >= fatal) return ['', []]
    const place = somePlace(role, random)
    return [`, to die at ${place}`, ['--kill-at', place]]
  }
}

/** Mostly early; sometimes late, sometimes a few milliseconds after the place. */
function somePlace(role: 'connector' | 'sink', random: () => number): string {
  const places = killPoints[role]
  const place = places[Math.floor(random() * places.length)] ?? ''
  const most = place.startsWith('topics') || place.startsWith('tables') || place.startsWith('schema') ? 2 : 30
  const count = 1 + Math.floor(random() ** 2 * most)
  const delay = random() < 0.5 ? 0 : Math.floor(random() * 20) / 100
  return `${place}:${(count + delay).toFixed(2)}`
}
