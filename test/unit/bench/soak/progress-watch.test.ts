import { describe, expect, test } from 'vitest'
import type { MigrationStatus } from '../../../../control/migration-status.ts'
import { progressWatch, type Watched } from '../../../../bench/soak/progress-watch.ts'

const patienceMs = 30

const applied = (appliedEvents: number): MigrationStatus => ({
  migration: 'm',
  at: '',
  position: null,
  tables: [],
  targets: [{ name: 'new', appliedEvents, lagEvents: 0, lagSeconds: null, parked: 0 }],
  unreachable: [],
})

/** Watches until the third look, whatever it says. */
async function watch(watched: Partial<Watched>): Promise<void> {
  let looks = 0
  const stop = new AbortController()
  const all: Watched = {
    status: () => applied(looks),
    transactions: () => looks,
    isOpen: () => true,
    isAwaited: () => false,
    isServerDown: () => false,
    ...watched,
  }
  const isOpen = () => {
    if (++looks === 5) stop.abort()
    return all.isOpen()
  }
  await progressWatch({ ...all, isOpen }, { patienceMs, lookMs: 20 }).run(stop.signal)
}

describe('the watch over progress', () => {
  test('is content while both move', () => expect(watch({})).resolves.toBeUndefined())

  test('fails when nothing is applied', () =>
    expect(watch({ status: () => applied(7) })).rejects.toThrow('nothing was applied'))

  test('fails when the migration cannot be asked', () =>
    expect(watch({ status: () => null })).rejects.toThrow('nothing was applied'))

  test('fails when the application stands still', () =>
    expect(watch({ transactions: () => 7 })).rejects.toThrow('the application'))

  test('is content with a pause of the application', () =>
    expect(
      watch({ isOpen: () => false, transactions: () => 7, status: () => applied(7) }),
    ).resolves.toBeUndefined())

  test('waits while a server is down', () =>
    expect(
      watch({ isServerDown: () => true, transactions: () => 7, status: () => applied(7) }),
    ).resolves.toBeUndefined())

  test('fails in a pause when somebody waits for what was done', () =>
    expect(watch({ isOpen: () => false, isAwaited: () => true, status: () => applied(7) })).rejects.toThrow(
      'nothing was applied',
    ))
})
