import { median } from '../statistics.ts'
import type { RoleName } from '../role.ts'
import type { RoleSample, Sample } from './sample.ts'

/** Code is compiled and memory settles in the first minutes. */
const warmUpMs = 120_000
/** Of what follows, the least in which growth can be told from chance. */
const leastMs = 240_000

/** What a process may hold more of at the end of a long life than at its beginning. */
const limits = [
  ['residentMb', (early: number) => early * 0.25 + 32],
  ['files', () => 8],
  ['sockets', () => 8],
  ['timers', () => 10],
] as const

/** A comparison of the beginning of a process's life with its end; medians of a quarter of the life each. */
export interface Growth {
  readonly role: RoleName
  readonly minutes: number
  readonly figure: (typeof limits)[number][0]
  readonly early: number
  readonly late: number
  readonly isLeak: boolean
}

/** Of all processes that lived long enough. */
export function growths(samples: readonly Sample[]): readonly Growth[] {
  return (['connector', 'sink'] as const).flatMap(role =>
    lives(samples, role).flatMap(life => growthOf(role, life)),
  )
}

function lives(samples: readonly Sample[], role: RoleName): readonly (readonly RoleSample[])[] {
  const found = new Map<number, RoleSample[]>()
  for (const { roles } of samples) {
    const sample = roles[role]
    if (sample === null || sample.ageMs < warmUpMs) continue
    const life = found.get(sample.pid) ?? []
    life.push(sample)
    found.set(sample.pid, life)
  }
  return [...found.values()]
}

function growthOf(role: RoleName, life: readonly RoleSample[]): readonly Growth[] {
  const spanMs = (life.at(-1)?.ageMs ?? 0) - (life[0]?.ageMs ?? 0)
  if (spanMs < leastMs) return []
  const quarter = Math.floor(life.length / 4)
  return limits.map(([figure, allowed]) => {
    const values = (part: readonly RoleSample[]) => part.map(sample => sample[figure] ?? 0)
    const early = median(values(life.slice(0, quarter)))
    const late = median(values(life.slice(-quarter)))
    const minutes = Math.round(spanMs / 60_000)
    return { role, minutes, figure, early, late, isLeak: late - early > allowed(early) }
  })
}
