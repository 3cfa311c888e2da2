import { describe, expect, it } from 'vitest'
import { evenBoundaries, interpolated } from '../../../connectors/postgres/snapshot/boundaries.ts'
import { parseVisibility } from '../../../connectors/postgres/visibility.ts'
import { nextChunkBytes } from '../../../connectors/snapshot/chunk-size.ts'
import {
  chunkPublished,
  freeSegment,
  planned,
  segmentCount,
  waitingSnapshot,
} from '../../../connectors/snapshot/ledger.ts'

const target = { bytes: 4 << 20, seconds: 1 }
const segment = (from: string | null, to: string | null) => ({
  from: from === null ? null : [from],
  to: to === null ? null : [to],
  cursor: null,
  done: false,
})

describe('the size of the next chunk', () => {
  it('grows by at most two and never above the target', () => {
    expect(nextChunkBytes(1 << 20, { bytes: 1 << 20, seconds: 0.01 }, target)).toBe(2 << 20)
    expect(nextChunkBytes(4 << 20, { bytes: 4 << 20, seconds: 0.01 }, target)).toBe(4 << 20)
  })

  it('shrinks to what fits into the time', () => {
    expect(nextChunkBytes(4 << 20, { bytes: 4 << 20, seconds: 4 }, target)).toBe(1 << 20)
  })

  it('is not changed by the rest of a range', () => {
    expect(nextChunkBytes(1 << 20, { bytes: 100, seconds: 1 }, target)).toBe(1 << 20)
  })
})

describe('the ledger of a table', () => {
  it('cuts by size, and gives each reader several ranges at most', () => {
    expect([0, 50_000, 120_000, 1e9].map(rows => segmentCount(rows, 4))).toEqual([1, 1, 3, 32])
  })

  it('gives free ranges in order, moves their cursors, and is copied when all are done', () => {
    const start = waitingSnapshot({ schema: 'public', name: 't' }, 5n)
    let state = planned(start, 10, [segment(null, '5'), segment('5', null)])
    expect(freeSegment(state, new Set())).toBe(0)
    expect(freeSegment(state, new Set([0]))).toBe(1)
    expect(freeSegment(state, new Set([0, 1]))).toBeNull()
    state = chunkPublished(state, 0, { lastKey: ['3'], rows: 3, bytes: 1, done: false }, 2)
    expect(state).toMatchObject({
      rows: 2,
      chunks: 1,
      progress: { segments: [{ cursor: ['3'], done: false }, {}] },
    })
    state = chunkPublished(state, 0, { lastKey: null, rows: 0, bytes: 0, done: true }, 0)
    expect(freeSegment(state, new Set())).toBe(1)
    state = chunkPublished(state, 1, { lastKey: ['9'], rows: 4, bytes: 1, done: true }, 4)
    expect(state).toMatchObject({ rows: 6, chunks: 3, progress: { phase: 'copied' } })
  })
})

describe('boundaries of ranges', () => {
  it('lie at equal shares of the rows and never at the last value', () => {
    const values = Array.from({ length: 10 }, (_, i) => ({ value: String(i), weight: 0.1 }))
    expect(evenBoundaries(values, 5)).toEqual(['1', '3', '5', '7'])
    expect(evenBoundaries(values, 100)).toHaveLength(9)
    expect(evenBoundaries([{ value: 'only', weight: 1 }], 4)).toEqual([])
  })

  it('leave a frequent value in a range of its own', () => {
    const values = [
      { value: 'a', weight: 0.1 },
      { value: 'b', weight: 0.7 },
      { value: 'c', weight: 0.1 },
      { value: 'd', weight: 0.1 },
    ]
    expect(evenBoundaries(values, 4)).toEqual(['b'])
  })

  it('lie at equal distances where there are no statistics', () => {
    expect(interpolated('int8', ['-100', '100'], 4)).toEqual(['-50', '0', '50'])
    const uuids = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'] as const
    expect(interpolated('uuid', uuids, 2)).toEqual(['7fffffff-ffff-ffff-ffff-ffffffffffff'])
  })
})

describe('the visibility of a snapshot', () => {
  const visibility = parseVisibility('4294967290:4294967300:4294967290,4294967299')

  it('excludes what was running and what had not begun', () => {
    const ids = [4294967289n, 4294967290n, 4294967291n, 4294967299n, 4294967300n]
    expect(ids.map(id => visibility.sees(id))).toEqual([true, false, true, false, false])
  })

  it('widens ids of the log to the nearest of 64 bits, across the wrap', () => {
    expect([4294967290, 0, 4, 100].map(id => visibility.widen(id))).toEqual([
      4294967290n,
      4294967296n,
      4294967300n,
      4294967396n,
    ])
  })

  it('refuses a text of another form', () => {
    expect(() => parseVisibility('12')).toThrow(expect.objectContaining({ code: 'state.unreadable' }))
  })
})
